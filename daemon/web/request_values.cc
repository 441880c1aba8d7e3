#include "daemon/web/request_values.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cmath>

#include "daemon/web/envelope.h"
#include "rules/diagnostic.h"

namespace revisitd::daemon::web {
namespace {

constexpr std::size_t kMaxDepth = 8;
constexpr double kLatestSecond = 253402300799.0;  // the end of the year 9999

std::optional<double> parse_decimal(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

Error wrong_field(std::string_view field, const std::string& message) {
  return {"`" + std::string(field) + "`: " + message};
}

// Reads the keys of an action's body one by one and keeps the first mistake.
class ActionReader {
 public:
  ActionReader(rules::Action::Kind kind, TimePoint now) : now_(now) { action_.kind = kind; }

  std::optional<Error> take(std::string_view key, const boost::json::value& value) {
    using Kind = rules::Action::Kind;
    const bool snooze = action_.kind == Kind::snooze;
    if (key == "by") return take_text(key, value, action_.by);
    if (key == "why") return take_text(key, value, action_.why);
    if (key == "until" && snooze) return take_until(value);
    if (key == "for" && snooze) return take_for(value);
    if (key == "worsens_by" && snooze) return take_worsens(value);
    if (key == "outcome" && action_.kind == Kind::conclude) return take_outcome(value);
    return wrong_field(printable(key), std::string("no such field here; expected ") + expected());
  }
  rules::Action take() { return std::move(action_); }

 private:
  [[nodiscard]] const char* expected() const {
    switch (action_.kind) {
      case rules::Action::Kind::acknowledge:
        return "by, why";
      case rules::Action::Kind::snooze:
        return "by, why, until or for, worsens_by";
      case rules::Action::Kind::conclude:
        return "by, why, outcome";
    }
    return "";
  }
  static std::optional<Error> take_text(std::string_view key, const boost::json::value& value,
                                        std::string& into) {
    if (!value.is_string()) return wrong_field(key, "expected a text");
    into = value.get_string();
    return std::nullopt;
  }
  std::optional<Error> set_until(TimePoint until) {
    if (action_.until) return Error{"`until` and `for` exclude each other"};
    action_.until = until;
    return std::nullopt;
  }
  std::optional<Error> take_until(const boost::json::value& value) {
    std::string text;
    if (auto error = take_text("until", value, text)) return error;
    const auto until = parse_time(text);
    if (!until) return wrong_field("until", until.error().message);
    return set_until(*until);
  }
  std::optional<Error> take_for(const boost::json::value& value) {
    std::string text;
    if (auto error = take_text("for", value, text)) return error;
    const auto length = parse_duration(text);
    if (!length) return wrong_field("for", length.error().message);
    return set_until(now_ + *length);
  }
  std::optional<Error> take_worsens(const boost::json::value& value) {
    if (value.is_number())
      return set_worsens(value.to_number<double>(), sample_text(value.to_number<double>()));
    std::string text;
    if (auto error = take_text("worsens_by", value, text)) {
      return wrong_field("worsens_by", "expected a number such as 0.2 or a share such as \"20%\"");
    }
    const auto share = parse_quantity(text);
    if (!share) return wrong_field("worsens_by", share.error().message);
    if (share->unit != Unit::ratio && share->unit != Unit::number) {
      return wrong_field("worsens_by", "expected a share such as \"20%\"");
    }
    if (share->unit == Unit::number) return set_worsens(share->value, text);
    action_.worsens_by = share->value;
    return std::nullopt;
  }
  // More than its double is written with a sign, for 20 hardly means 2000 %.
  std::optional<Error> set_worsens(double share, const std::string& text) {
    if (share > 1) {
      return wrong_field("worsens_by", "did you mean " + printable(text) + "%?");
    }
    action_.worsens_by = share;
    return std::nullopt;
  }
  std::optional<Error> take_outcome(const boost::json::value& value) {
    std::string text;
    if (auto error = take_text("outcome", value, text)) return error;
    action_.outcome = rules::parse_outcome(text);
    if (action_.outcome) return std::nullopt;
    return wrong_field("outcome", "expected reaffirmed, changed or amended");
  }

  rules::Action action_;
  TimePoint now_;
};

}  // namespace

Result<TimePoint> parse_moment(std::string_view text) {
  if (const auto seconds = parse_decimal(text)) {
    if (*seconds < 0 || *seconds > kLatestSecond) return Error{"a time out of range"};
    return from_millis(std::llround(*seconds * 1000));
  }
  const auto time = parse_time(text);
  if (!time) return Error{"expected RFC 3339 or Unix seconds, got " + in_quotes(text)};
  return *time;
}

Result<Duration> parse_span(std::string_view text) {
  Duration span{};
  if (const auto seconds = parse_decimal(text)) {
    if (*seconds <= 0 || *seconds > kLatestSecond)
      return Error{"expected a positive length of time"};
    span = Duration(std::llround(*seconds * 1000));
  } else {
    const auto duration = parse_duration(text);
    if (!duration) return duration.error();
    span = *duration;
  }
  if (span <= Duration{}) return Error{"expected a positive length of time"};
  return span;
}

std::string text_parameter(const HttpRequest& request, std::string_view name) {
  return request.parameter(name).value_or("");
}

Result<std::optional<TimePoint>> moment_parameter(const HttpRequest& request,
                                                  std::string_view name) {
  const std::string text = text_parameter(request, name);
  if (text.empty()) return std::optional<TimePoint>();
  const auto moment = parse_moment(text);
  if (!moment) return wrong_field(name, moment.error().message);
  return std::optional(*moment);
}

Result<std::optional<Duration>> span_parameter(const HttpRequest& request, std::string_view name) {
  const std::string text = text_parameter(request, name);
  if (text.empty()) return std::optional<Duration>();
  const auto span = parse_span(text);
  if (!span) return wrong_field(name, span.error().message);
  return std::optional(*span);
}

Result<std::size_t> count_parameter(const HttpRequest& request, std::string_view name,
                                    std::size_t otherwise, std::size_t most) {
  const std::string text = text_parameter(request, name);
  if (text.empty()) return otherwise;
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count < 1 || count > most) {
    return wrong_field(name, "expected a whole number from 1 to " + std::to_string(most));
  }
  return count;
}

Result<rules::Action> read_action(std::string_view body, rules::Action::Kind kind, TimePoint now) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  const boost::json::value value = boost::json::parse(body, error, {}, options);
  if (error) return Error{"the body is not JSON: " + error.message()};
  if (!value.is_object()) return Error{"the body must be a JSON object"};
  ActionReader reader(kind, now);
  for (const auto& [key, field] : value.get_object()) {
    if (auto mistake = reader.take(key, field)) return *std::move(mistake);
  }
  return reader.take();
}

}  // namespace revisitd::daemon::web
