// Proof parameters of test networks: made once per machine, since they are random, and shared by all its devnets.

#include <cmath>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <thread>

#include "crypto/bridge.hpp"
#include "engine/proofs.hpp"
#include "init.hpp"
#include "nelumbo_engines/src/parameters.rs.h"

namespace nelumbo::parameters {
namespace {

using Progress = std::function<void(std::string_view step, double part)>;
using namespace std::chrono_literals;

struct Circuit {
  engines::CircuitFamily family;
  int64_t type;
  std::string name;
};

Result<Circuit> circuit(Kind kind, uint64_t sector_size) {
  auto info = TRY(seal_proof_info(TRY(seal_proof_for_size(sector_size))));
  auto size = size_string(sector_size);
  switch (kind) {
    case Kind::winning_post:
      return Circuit{engines::CircuitFamily::Post, int64_t(info.winning_post), "winning PoSt of " + size + " sectors"};
    case Kind::window_post:
      return Circuit{engines::CircuitFamily::Post, int64_t(info.window_post), "window PoSt of " + size + " sectors"};
    case Kind::porep:
      return Circuit{engines::CircuitFamily::Seal, int64_t(info.proof), "PoRep of " + size + " sectors"};
    case Kind::replica_update:
      return Circuit{engines::CircuitFamily::Update, int64_t(info.proof), "replica update of " + size + " sectors"};
  }
  return fail(ErrorCode::invalid, "unknown kind of parameters");
}

Result<Names> names_of(const Circuit& circuit) {
  auto work = [&] { return engines::parameter_names(circuit.family, circuit.type); };
  auto names = TRY_IN(circuit.name, bridge::call(work, ErrorCode::failed));
  return Names{std::string(names.parameters), std::string(names.verifying_key)};
}

bool there(const fs::path& path) {
  std::error_code error;
  return fs::file_size(path, error) > 0 && !error;
}

/// Seconds of processor time that this process has had.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Tells of a step each second, until it goes. The engine does not say how far it is, so the part
/// nears 1 at a pace set by the processor time the step takes (`seconds` of two cores), whatever runs beside it.
class Ticker {
 public:
  Ticker(const Progress& progress, std::string step, double seconds) {
    if (!progress) return;
    thread_ = std::jthread([this, &progress, step = std::move(step), seconds](std::stop_token stop) {
      const double begun = cpu_seconds();
      std::unique_lock lock(mutex_);
      while (!stop.stop_requested()) {
        const double worked = (cpu_seconds() - begun) / 2;
        progress(step, 1 - std::exp(-2 * worked / seconds));
        changed_.wait_for(lock, stop, 1s, [] { return false; });
      }
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;
};

/// Waits for the lock of another process that makes the same parameters.
Result<FileLock> wait_for_lock(const fs::path& path, const Progress& progress, const std::string& name) {
  std::optional<Ticker> ticker;
  for (;;) {
    auto lock = FileLock::take(path);
    if (lock || lock.error().code != ErrorCode::exists) return lock;
    if (!ticker) ticker.emplace(progress, name + ": another process is making them", 60);
    std::this_thread::sleep_for(200ms);
  }
}

Result<> put_in_place(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return fail(ErrorCode::failed, "renaming {}: {}", from.string(), error.message());
  return {};
}

Result<> make(const Circuit& circuit, const fs::path& params, const fs::path& key) {
  // New files are written beside and renamed, so that a killed process leaves nothing that is taken for whole. The
  // parameters go first: the key can be had from them, but not the other way round.
  fs::path new_params = params.string() + ".new";
  fs::path new_key = key.string() + ".new";
  if (there(params)) {
    auto work = [&] { engines::extract_verifying_key(params.string(), new_key.string()); };
    TRY_IN(circuit.name, bridge::call(work, ErrorCode::failed));
    return put_in_place(new_key, key);
  }
  auto work = [&] {
    engines::generate_parameters(circuit.family, circuit.type, new_params.string(), new_key.string());
  };
  TRY_IN(circuit.name, bridge::call(work, ErrorCode::failed));
  TRY(put_in_place(new_params, params));
  return put_in_place(new_key, key);
}

Result<> check_files(const Circuit& circuit, const fs::path& params, const fs::path& key) {
  auto work = [&] { engines::check_parameters(params.string(), key.string()); };
  return in_context(bridge::call(work, ErrorCode::invalid), "proof parameters for " + circuit.name);
}

}  // namespace

Result<Names> names(Kind kind, uint64_t sector_size) {
  init_engines();
  return names_of(TRY(circuit(kind, sector_size)));
}

Result<bool> present(Kind kind, uint64_t sector_size) {
  auto files = TRY(names(kind, sector_size));
  auto folder = parameter_cache_folder();
  return there(folder / files.parameters) && there(folder / files.verifying_key);
}

Result<> check(Kind kind, uint64_t sector_size) {
  init_engines();
  auto made = TRY(circuit(kind, sector_size));
  auto files = TRY(names_of(made));
  auto folder = parameter_cache_folder();
  for (const auto& file : {folder / files.parameters, folder / files.verifying_key}) {
    if (!there(file))
      return fail(ErrorCode::not_found, "proof parameters for {}: no file {}", made.name, file.string());
  }
  return check_files(made, folder / files.parameters, folder / files.verifying_key);
}

Result<> generate(Kind kind, uint64_t sector_size, const Progress& progress) {
  init_engines();
  auto made = TRY(circuit(kind, sector_size));
  auto files = TRY(names_of(made));
  auto folder = parameter_cache_folder();
  TRY(make_folder(folder));
  auto params = folder / files.parameters;
  auto key = folder / files.verifying_key;
  if (there(params) && there(key)) return check_files(made, params, key);

  auto lock = TRY(wait_for_lock(folder / (files.parameters + ".lock"), progress, made.name));
  if (there(params) && there(key)) return check_files(made, params, key);
  if (there(key)) {
    return fail(
        ErrorCode::exists,
        "{}: the verifying key {} is there without its parameters, and new parameters would not fit it; fetch the "
        "parameters or remove the key",
        made.name, key.string());
  }
  double seconds = kind == Kind::porep ? 800 : 20;
  {
    Ticker ticker(progress, made.name + ": making parameters", seconds);
    TRY(make(made, params, key));
  }
  if (progress) progress(made.name + ": done", 1);
  return {};
}

}  // namespace nelumbo::parameters
