#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/http_server.h"
#include "rules/time.h"

// What every answer of the API has around it: Prometheus' {status, data, errorType, error,
// warnings}.
namespace revisitd::daemon::web {

using Json = nlohmann::ordered_json;

// With the status codes and the words of Prometheus' API; conflict, method_not_allowed and
// unsupported_media_type are ours.
enum class ApiError {
  bad_data,                // 400
  forbidden,               // 403
  not_found,               // 404
  method_not_allowed,      // 405
  conflict,                // 409
  unsupported_media_type,  // 415
  unavailable,             // 503
  internal,                // 500
};

HttpResponse api_success(const Json& data, const std::vector<std::string>& warnings = {});
HttpResponse api_error(ApiError error, std::string_view message);

// RFC 3339, or null.
Json time_json(const std::optional<TimePoint>& time);
// Seconds since the epoch as Prometheus writes them: whole where they are whole.
Json unix_json(TimePoint time);
// A number as text as Prometheus writes samples, in the fewest digits that read back the same:
// "0.131", "400000000", "+Inf".
std::string sample_text(double value);

}  // namespace revisitd::daemon::web
