#include "rules/yaml_decode.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "rules/names.h"

namespace revisitd::rules {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits(std::string_view text, std::size_t at) {
  const std::size_t begin = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at - begin;
}

// -?(0|[1-9][0-9]*) at the front; 0 when there is none.
std::size_t integer_length(std::string_view text) {
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const std::size_t count = digits(text, sign);
  if (count == 0 || (count > 1 && text[sign] == '0')) return 0;
  return sign + count;
}

bool is_decimal(std::string_view text) {
  std::size_t at = integer_length(text);
  if (at == 0) return false;
  if (at < text.size() && text[at] == '.') {
    const std::size_t count = digits(text, at + 1);
    if (count == 0) return false;
    at += 1 + count;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t count = digits(text, at);
    if (count == 0) return false;
    at += count;
  }
  return at == text.size();
}

std::string shortest(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

std::string found(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "found nothing";
    case YamlNode::Kind::scalar:
      return "found " + in_quotes(node.text);
    case YamlNode::Kind::list:
      return "found a list";
    case YamlNode::Kind::map:
      return "found a map";
  }
  return "";
}

}  // namespace

std::string YamlValue::message(const std::string& text) const {
  return name_.empty() ? text : "`" + name_ + "`: " + text;
}

void YamlValue::error(const std::string& text) const { findings_->error(place(), message(text)); }

void YamlValue::warning(const std::string& text) const {
  findings_->warning(place(), message(text));
}

void YamlValue::error_at(std::size_t offset, const std::string& text) const {
  const Place where = node_ ? place_in_scalar(*node_, offset, findings_->text()) : Place{};
  findings_->error(where, message(text));
}

const std::string* YamlValue::scalar(const char* expected, bool plain) const {
  if (!node_) return nullptr;
  if (node_->kind != YamlNode::Kind::scalar) {
    error(std::string("expected ") + expected + ", " + found(*node_));
    return nullptr;
  }
  if (plain && node_->quoted) {
    error(std::string("expected ") + expected + " without quotes, " + found(*node_));
    return nullptr;
  }
  return &node_->text;
}

std::optional<std::string> YamlValue::text(std::size_t max_bytes, bool may_be_empty) const {
  const std::string* text = scalar("text", false);
  if (!text) return std::nullopt;
  if (text->empty() && !may_be_empty) {
    error("expected text, found an empty one");
    return std::nullopt;
  }
  if (text->size() > max_bytes) {
    error("expected at most " + std::to_string(max_bytes) + " bytes, found " +
          std::to_string(text->size()));
    return std::nullopt;
  }
  return *text;
}

std::optional<std::string> YamlValue::name_text() const {
  const std::string* name = scalar("a name", false);
  if (!name) return std::nullopt;
  if (is_name(*name)) return *name;
  error("expected " + std::string(kNameRule) + ", " + found(*node_));
  return std::nullopt;
}

std::optional<bool> YamlValue::boolean() const {
  const std::string* text = scalar("true or false", true);
  if (!text) return std::nullopt;
  if (*text == "true") return true;
  if (*text == "false") return false;
  error("expected true or false, " + found(*node_));
  return std::nullopt;
}

std::optional<long long> YamlValue::integer(long long least, long long most) const {
  const std::string* text = scalar("an integer", true);
  if (!text) return std::nullopt;
  long long value = 0;
  if (text->empty() || integer_length(*text) != text->size() ||
      std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{}) {
    error("expected a decimal integer, " + found(*node_));
    return std::nullopt;
  }
  if (value < least || value > most) {
    error("expected an integer from " + std::to_string(least) + " to " + std::to_string(most) +
          ", " + found(*node_));
    return std::nullopt;
  }
  return value;
}

std::optional<double> YamlValue::number() const {
  constexpr double kMost = std::numeric_limits<double>::max();
  return number(-kMost, kMost);
}

std::optional<double> YamlValue::number(double least, double most) const {
  const std::string* text = scalar("a number", true);
  if (!text) return std::nullopt;
  double value = 0;
  if (!is_decimal(*text) ||
      std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{} ||
      !std::isfinite(value)) {
    error("expected a finite decimal number such as 2000 or 0.5, " + found(*node_));
    return std::nullopt;
  }
  if (value < least || value > most) {
    error("expected a number from " + shortest(least) + " to " + shortest(most) + ", " +
          found(*node_));
    return std::nullopt;
  }
  return value;
}

namespace {

// What `parse` makes of the text; its words become an error of the value.
template <class T>
std::optional<T> parsed(const YamlValue& value, const std::string* text,
                        Result<T> (*parse)(std::string_view)) {
  if (!text) return std::nullopt;
  Result<T> result = parse(*text);
  if (result) return *result;
  value.error(result.error().message);
  return std::nullopt;
}

}  // namespace

std::optional<Duration> YamlValue::duration() const {
  return parsed<Duration>(*this, scalar("a duration such as 7d or 1h30m", false), parse_duration);
}

std::optional<Duration> YamlValue::duration(Duration least, Duration most) const {
  const std::optional<Duration> value = duration();
  if (!value || (*value >= least && *value <= most)) return value;
  error("expected a duration from " + format_duration(least) + " to " + format_duration(most) +
        ", " + found(*node_));
  return std::nullopt;
}

std::optional<Quantity> YamlValue::quantity() const {
  return parsed<Quantity>(*this, scalar("a quantity such as 100ms, 256MiB, 80% or 2000", false),
                          parse_quantity);
}

std::optional<Share> YamlValue::share() const {
  return parsed<Share>(*this, scalar("a share such as 95%", false), parse_share);
}

std::optional<TimePoint> YamlValue::time() const {
  return parsed<TimePoint>(*this, scalar("a date such as 2026-05-04", false), parse_time);
}

std::optional<std::string> YamlValue::one_of(const std::vector<std::string_view>& words) const {
  const std::string* text = scalar("a word", false);
  if (!text) return std::nullopt;
  if (std::find(words.begin(), words.end(), *text) != words.end()) return *text;
  error("unknown " + in_quotes(*text) + ", " + suggestion(*text, words));
  return std::nullopt;
}

std::vector<YamlValue> YamlValue::items() const {
  std::vector<YamlValue> result;
  if (!node_) return result;
  if (node_->kind != YamlNode::Kind::list) {
    error("expected a list, " + found(*node_));
    return result;
  }
  for (const YamlNode& item : node_->items) result.emplace_back(item, name_, *findings_);
  return result;
}

std::vector<YamlValue> YamlValue::entries() const {
  std::vector<YamlValue> result;
  if (!node_) return result;
  if (node_->kind != YamlNode::Kind::map) {
    error("expected a map, " + found(*node_));
    return result;
  }
  for (const YamlEntry& entry : node_->entries) {
    result.emplace_back(entry.value, entry.key, *findings_);
    result.back().key_place_ = entry.place;
  }
  return result;
}

std::vector<std::string> YamlValue::texts() const {
  std::vector<std::string> result;
  for (const YamlValue& item : items()) {
    if (auto text = item.text()) result.push_back(std::move(*text));
  }
  return result;
}

YamlMap::YamlMap(const YamlValue& value) : value_(value) {
  if (!value.given()) return;
  if (value.is_map()) {
    node_ = value.node();
  } else {
    value.error("expected a map, " + found(*value.node()));
  }
}

bool YamlMap::has(std::string_view key) const { return node_ && node_->find(key); }

YamlValue YamlMap::optional(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  if (node_) {
    for (const YamlEntry& entry : node_->entries) {
      if (entry.key != key) continue;
      YamlValue value(entry.value, entry.key, value_.findings());
      value.key_place_ = entry.place;
      return value;
    }
  }
  return {std::string(key), value_.findings()};
}

YamlValue YamlMap::required(std::string_view key) {
  YamlValue value = optional(key);
  if (node_ && !value.given()) value_.error("missing key `" + std::string(key) + "`");
  return value;
}

void YamlMap::finish() {
  if (!node_) return;
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const YamlEntry& entry : node_->entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    value_.findings().error(entry.place, "unknown key `" + printable(entry.key.substr(0, 60)) +
                                             "`, " + suggestion(entry.key, known));
  }
}

}  // namespace revisitd::rules
