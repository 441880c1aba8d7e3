#include "collectors/http_discovery.h"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace revisitd::collectors {

HttpDiscovery::HttpDiscovery(HttpClient& client, HttpDiscoverySpec spec)
    : client_(client), spec_(std::move(spec)) {}

Result<FetchRequest> HttpDiscovery::request() const {
  FetchRequest request;
  request.url = spec_.url;
  request.headers = spec_.headers;
  request.headers.emplace_back("Accept", "application/json");
  // Prometheus names the header; endpoints that answer its questions may look for it.
  request.headers.emplace_back(
      "X-Prometheus-Refresh-Interval-Seconds",
      std::to_string(
          std::chrono::duration_cast<std::chrono::seconds>(spec_.refresh_interval).count()));
  if (spec_.credentials) {
    auto headers = spec_.credentials();
    if (!headers) return headers.error();
    for (auto& header : *headers) request.headers.push_back(std::move(header));
  }
  request.timeout = std::min<Duration>(spec_.refresh_interval, std::chrono::seconds(30));
  request.max_wire_bytes = request.max_body_bytes = kTargetGroupBytes;
  request.allow_private = spec_.allow_private;
  request.tls = spec_.tls;
  request.proxy = spec_.proxy;
  return request;
}

Result<bool> HttpDiscovery::take(const FetchResponse& response) {
  if (response.status != 200) return Error{"it answered " + std::to_string(response.status)};
  if (!response.content_type.starts_with("application/json")) {
    return Error{"its content type is \"" + response.content_type +
                 "\", expected application/json"};
  }
  TargetGroupReading reading = decode_target_groups(response.body, "http_sd.json");
  for (const Diagnostic& d : reading.diagnostics) {
    if (d.severity == Severity::error)
      return Error{"its list cannot be read: " + format_location(d)};
  }
  for (std::size_t i = 0; i < reading.groups.size(); ++i) {
    reading.groups[i].source = spec_.url + ":" + std::to_string(i);
    reading.groups[i].labels.try_emplace("__meta_url", spec_.url);
  }
  const bool changed = reading.groups != groups_;
  groups_ = std::move(reading.groups);
  return changed;
}

boost::asio::awaitable<Result<bool>> HttpDiscovery::refresh() {
  auto asked = request();
  if (!asked) co_return Result<bool>(asked.error());
  FetchRequest fetch = *std::move(asked);
  const auto response = co_await client_.fetch(std::move(fetch));
  if (!response) co_return Result<bool>(Error{response.error().message});
  co_return take(*response);
}

}  // namespace revisitd::collectors
