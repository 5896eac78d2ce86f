#include "process.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nelumbo::node {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

/// The child's side between fork and exec: only calls that are safe there.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment, int output,
                         int parent) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);
  int null = open("/dev/null", O_RDONLY);
  if (null >= 0) dup2(null, 0);
  dup2(output, 1);
  dup2(output, 2);
  execve(program, arguments, environment);
  _exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& each : texts) out.push_back(each.data());
  out.push_back(nullptr);
  return out;
}

}  // namespace

StopEvent::StopEvent() {
  auto set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (signals_ < 0 || wake_ < 0) throw std::runtime_error("no descriptor for signals");
}

StopEvent::~StopEvent() {
  close(signals_);
  close(wake_);
}

void StopEvent::trigger() {
  triggered_ = true;
  uint64_t one = 1;
  [[maybe_unused]] auto written = write(wake_, &one, sizeof one);
}

bool StopEvent::wait(int milliseconds) {
  pollfd fds[] = {{signals_, POLLIN, 0}, {wake_, POLLIN, 0}};
  auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (!triggered_) {
    int left = -1;
    if (milliseconds >= 0) {
      auto rest = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
      if (rest <= 0 && milliseconds != 0) return false;
      left = static_cast<int>(std::max<decltype(rest)>(0, rest));
    }
    int ready = poll(fds, 2, left);
    if (ready == 0) return false;
    if (ready > 0) triggered_ = true;
  }
  // The next signal takes its default action: whoever presses Ctrl-C twice does not want to wait.
  signalfd_siginfo info;
  while (read(signals_, &info, sizeof info) > 0) {
  }
  auto set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  return true;
}

Result<ChildProcess> ChildProcess::start(const std::string& program, const std::vector<std::string>& arguments,
                                         const std::vector<std::string>& environment, const fs::path& log_file) {
  if (access(program.c_str(), X_OK) != 0) return fail(ErrorCode::not_found, "{}: {}", program, std::strerror(errno));
  int output = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (output < 0) return fail(ErrorCode::failed, "{}: {}", log_file.string(), std::strerror(errno));
  std::vector<std::string> argument_texts{program};
  argument_texts.insert(argument_texts.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment_texts = environment;
  for (char** each = environ; *each != nullptr; ++each) {
    std::string_view text = *each;
    std::string_view name = text.substr(0, text.find('=') + 1);
    bool replaced = false;
    for (const auto& own : environment) replaced = replaced || own.starts_with(name);
    if (!replaced) environment_texts.emplace_back(text);
  }
  auto argv = pointers(argument_texts);
  auto envp = pointers(environment_texts);
  int parent = getpid();
  int pid = fork();
  if (pid == 0) become(program.c_str(), argv.data(), envp.data(), output, parent);
  close(output);
  if (pid < 0) return fail(ErrorCode::failed, "starting {}: {}", program, std::strerror(errno));
  return ChildProcess(pid);
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0 && !ended()) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

std::optional<std::string> ChildProcess::ended() {
  if (status_ || pid_ <= 0) return status_ ? status_ : std::optional<std::string>("never started");
  int status = 0;
  int got = waitpid(pid_, &status, WNOHANG);
  if (got == 0) return std::nullopt;
  if (got < 0) {
    status_ = "gone";
  } else if (WIFSIGNALED(status)) {
    status_ = fmt::format("signal {}", WTERMSIG(status));
  } else {
    status_ = fmt::format("exit code {}", WEXITSTATUS(status));
  }
  return status_;
}

void ChildProcess::stop(int milliseconds) {
  if (pid_ <= 0 || ended()) return;
  kill(pid_, SIGTERM);
  auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (!ended() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (!ended()) {
    kill(pid_, SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
    status_ = "signal 9";
  }
}

std::string last_lines(const fs::path& file, size_t count) {
  auto text = read_text_file(file);
  if (!text) return {};
  size_t from = text->size();
  for (size_t lines = 0; from > 0; --from) {
    if ((*text)[from - 1] == '\n' && from != text->size() && ++lines == count) break;
  }
  return text->substr(from);
}

}  // namespace nelumbo::node
