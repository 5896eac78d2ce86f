#include "rpc/download.hpp"

#include <fstream>

#include "connection.hpp"

namespace nelumbo::rpc {
namespace {

constexpr auto kSilence = std::chrono::seconds(60);  ///< without a byte for so long, the download has failed
constexpr int kMaxRedirects = 5;

TimeLimit soon() { return std::chrono::steady_clock::now() + kSilence; }

struct Target {
  ApiInfo host;
  std::string path;
};

Result<Target> parse_target(std::string_view url) {
  if (!url.starts_with("http://"))
    return fail(ErrorCode::unsupported, "'{}' is no http:// URL, the only kind that is fetched", url);
  size_t slash = std::min(url.find('/', 7), url.size());
  Target out{TRY(parse_api_info(url.substr(0, slash))), std::string(url.substr(slash))};
  if (out.path.empty()) out.path = "/";
  return out;
}

/// Asks for the rest of the file; a redirect's address comes back, or "" when all has arrived in `part`.
Result<std::string> fetch_rest(std::string_view url, const fs::path& part,
                               const std::function<void(uint64_t, uint64_t)>& progress) {
  auto target = TRY(parse_target(url));
  std::error_code missing;
  uint64_t have = fs::file_size(part, missing);
  if (missing) have = 0;
  auto connection = TRY(Connection::open(target.host, soon()));
  auto range = have > 0 ? fmt::format("Range: bytes={}-\r\n", have) : std::string();
  TRY(connection.send(fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\n{}Connection: close\r\n\r\n", target.path,
                                  target.host.host, target.host.port, range),
                      soon()));
  auto head = TRY(connection.receive_head(soon()));
  if (head.status / 100 == 3 && !head.location.empty()) return head.location;
  if (head.status == 416 && have > 0) return std::string();  // nothing is left to send
  if (head.status != 200 && head.status != 206)
    return fail(ErrorCode::unavailable, "{} answers with HTTP status {}", url, head.status);
  if (head.chunked) return fail(ErrorCode::unsupported, "{} does not say how long the file is", url);
  if (head.status == 200) have = 0;  // the server begins anew
  std::ofstream out(part, std::ios::binary | (have > 0 ? std::ios::app : std::ios::trunc));
  uint64_t total = head.length ? have + *head.length : 0;
  TRY(connection.receive_body(head, soon, [&](std::string_view piece) -> Result<> {
    if (!out.write(piece.data(), static_cast<std::streamsize>(piece.size())))
      return fail(ErrorCode::failed, "cannot write {}", part.string());
    have += piece.size();
    progress(have, total);
    return {};
  }));
  if (!out.flush()) return fail(ErrorCode::failed, "cannot write {}", part.string());
  return std::string();
}

}  // namespace

Result<> download(std::string_view url, const fs::path& file,
                  const std::function<void(uint64_t done, uint64_t total)>& progress) {
  auto part = fs::path(file.string() + ".part");
  std::string at(url);
  for (int i = 0; i <= kMaxRedirects; ++i) {
    auto next = TRY_IN(fmt::format("fetching {}", url), fetch_rest(at, part, progress));
    if (next.empty()) {
      std::error_code error;
      fs::rename(part, file, error);
      if (error) return fail(ErrorCode::failed, "cannot name {}: {}", file.string(), error.message());
      return {};
    }
    at = next;
  }
  return fail(ErrorCode::unavailable, "fetching {}: more than {} redirects", url, kMaxRedirects);
}

}  // namespace nelumbo::rpc
