#include "daemon/web/envelope.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace revisitd::daemon::web {
namespace {

struct ErrorWords {
  int status;
  const char* type;
};

ErrorWords words_of(ApiError error) {
  switch (error) {
    case ApiError::bad_data:
      return {400, "bad_data"};
    case ApiError::forbidden:
      return {403, "forbidden"};
    case ApiError::not_found:
      return {404, "not_found"};
    case ApiError::method_not_allowed:
      return {405, "method_not_allowed"};
    case ApiError::conflict:
      return {409, "conflict"};
    case ApiError::unsupported_media_type:
      return {415, "unsupported_media_type"};
    case ApiError::unavailable:
      return {503, "unavailable"};
    case ApiError::internal:
      break;
  }
  return {500, "internal"};
}

HttpResponse json_response(int status, const Json& body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  // Names from outside may hold broken UTF-8; they are replaced, never refused.
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

HttpResponse api_success(const Json& data, const std::vector<std::string>& warnings) {
  Json body{{"status", "success"}, {"data", data}};
  if (!warnings.empty()) body["warnings"] = warnings;
  return json_response(200, body);
}

HttpResponse api_error(ApiError error, std::string_view message) {
  const ErrorWords words = words_of(error);
  return json_response(words.status,
                       {{"status", "error"}, {"errorType", words.type}, {"error", message}});
}

Json time_json(const std::optional<TimePoint>& time) {
  return time ? Json(format_time(*time)) : Json(nullptr);
}

Json unix_json(TimePoint time) {
  const std::int64_t millis = to_millis(time);
  if (millis % 1000 == 0) return millis / 1000;
  return static_cast<double>(millis) / 1000;
}

std::string sample_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const double size = std::abs(value);
  const bool plain = value == 0 || (size >= 1e-6 && size < 1e21);
  char buffer[64];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value,
                                plain ? std::chars_format::fixed : std::chars_format::scientific)
                      .ptr};
}

}  // namespace revisitd::daemon::web
