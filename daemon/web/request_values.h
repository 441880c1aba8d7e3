#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/http_server.h"
#include "rules/engine.h"
#include "rules/result.h"
#include "rules/time.h"

// What callers write in query strings and bodies, checked. Errors name the field.
namespace revisitd::daemon::web {

// As Prometheus takes times: RFC 3339 or Unix seconds, with a fraction if need be.
Result<TimePoint> parse_moment(std::string_view text);
// As Prometheus takes steps: a duration ("10m") or seconds ("600"). Positive.
Result<Duration> parse_span(std::string_view text);

// The named parameter, nothing when it is missing or empty.
Result<std::optional<TimePoint>> moment_parameter(const HttpRequest& request,
                                                  std::string_view name);
Result<std::optional<Duration>> span_parameter(const HttpRequest& request, std::string_view name);
// Within [1, most]; `otherwise` when it is missing.
Result<std::size_t> count_parameter(const HttpRequest& request, std::string_view name,
                                    std::size_t otherwise, std::size_t most);
std::string text_parameter(const HttpRequest& request, std::string_view name);

// The JSON body of acknowledge, snooze and conclude: {by, why, until | for, worsens_by, outcome}.
// Only the keys that the kind knows are taken. `for` counts from `now`.
Result<rules::Action> read_action(std::string_view body, rules::Action::Kind kind, TimePoint now);

}  // namespace revisitd::daemon::web
