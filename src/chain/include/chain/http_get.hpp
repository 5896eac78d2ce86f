#pragma once
// One HTTP GET with a deadline.

#include <chrono>
#include <string>

#include "base/result.hpp"

namespace nelumbo::chain {

struct HttpResponse {
  int status = 0;
  std::string body;
};

/// Gets an http or https URL (certificates checked against the system's). unavailable when there is no answer in time;
/// the body is bounded.
Result<HttpResponse> http_get(const std::string& url, std::chrono::milliseconds deadline, size_t max_body = 64 << 10);

}  // namespace nelumbo::chain
