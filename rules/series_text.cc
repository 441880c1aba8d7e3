#include "rules/series_text.h"

#include <charconv>
#include <cmath>

#include "rules/diagnostic.h"

namespace revisitd::rules {
namespace {

constexpr std::size_t kMostValues = 1'000'000;
constexpr std::string_view kBlanks = " \t\r\n";

std::string kind_of(Unit unit) {
  switch (unit) {
    case Unit::number:
      return "plain numbers";
    case Unit::seconds:
      return "durations";
    case Unit::bytes:
      return "sizes";
    case Unit::ratio:
      return "shares";
  }
  return "";
}

bool is_whole(double value, double scale) { return std::round(value * scale) / scale == value; }

// The power of ten in which both numbers are whole as they were written, so that steps add up
// without a rounding of their own: 80ms + 20 * 1ms is 100ms.
double decimal_scale(double first, double step) {
  double scale = 1;
  while (scale < 1e9 && !(is_whole(first, scale) && is_whole(step, scale))) scale *= 10;
  return scale;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Series, SeriesError> parse() {
    for (std::size_t at = 0;;) {
      at = text_.find_first_not_of(kBlanks, at);
      if (at == std::string_view::npos) break;
      const std::size_t end = std::min(text_.find_first_of(kBlanks, at), text_.size());
      if (!item(at, end)) return error_;
      at = end;
    }
    if (series_.values.empty()) {
      fail(0, "expected values such as `80ms*960 _*144 130ms*900`");
      return error_;
    }
    return std::move(series_);
  }

 private:
  bool item(std::size_t at, std::size_t end) {
    const std::string_view item = text_.substr(at, end - at);
    const std::size_t star = item.find('*');
    if (star != std::string_view::npos) {
      const auto count = number(at + star + 1, end, "a count after `*`");
      if (!count) return false;
      if (*count == 0) return fail(at + star + 1, "expected a count of at least 1");
      return put(at, at + star, 0, 0, *count);
    }
    const std::size_t cross = item.rfind('x');
    if (cross == std::string_view::npos) return put(at, end, 0, 0, 1);
    const auto steps = number(at + cross + 1, end, "a number of steps after `x`");
    if (!steps) return false;
    const std::size_t sign = sign_of(item.substr(0, cross));
    if (sign == std::string_view::npos) {
      // As promtool has it: so many missing, but one more than so many of a value.
      const bool missing = item.substr(0, cross) == "_";
      if (missing && *steps == 0) return fail(at + cross + 1, "expected a count of at least 1");
      return put(at, at + cross, 0, 0, missing ? *steps : *steps + 1);
    }
    return put(at, at + sign, at + sign, at + cross, *steps + 1);
  }

  // Where a ramp's first value ends: at the first sign that is not its own or an exponent's.
  static std::size_t sign_of(std::string_view ramp) {
    for (std::size_t i = 1; i < ramp.size(); ++i) {
      if (ramp[i] != '+' && ramp[i] != '-') continue;
      const bool exponent = (ramp[i - 1] == 'e' || ramp[i - 1] == 'E');
      if (!exponent) return i;
    }
    return std::string_view::npos;
  }

  // `count` values from the text [first, first_end) on, each further by the signed text [step,
  // step_end).
  bool put(std::size_t first, std::size_t first_end, std::size_t step, std::size_t step_end,
           std::size_t count) {
    if (count > kMostValues - series_.values.size()) {
      return fail(first, "expected at most 1000000 values");
    }
    if (text_.substr(first, first_end - first) == "_") {
      if (step != step_end) return fail(first, "expected `_*COUNT`: what is missing has no step");
      series_.values.insert(series_.values.end(), count, std::nullopt);
      return true;
    }
    const auto value = quantity(first, first_end);
    if (!value) return false;
    if (step == step_end) {
      series_.values.insert(series_.values.end(), count, value->value);
      return true;
    }
    const auto distance = quantity(step + 1, step_end);
    if (!distance) return false;
    const double by = text_[step] == '-' ? -distance->value : distance->value;
    const double scale = decimal_scale(value->value, by);
    for (std::size_t i = 0; i < count; ++i) {
      const double units =
          std::round(value->value * scale) + static_cast<double>(i) * std::round(by * scale);
      series_.values.emplace_back(units / scale);
    }
    return true;
  }

  std::optional<Quantity> quantity(std::size_t at, std::size_t end) {
    const std::string_view text = text_.substr(at, end - at);
    const auto quantity = parse_quantity(text);
    if (!quantity) {
      fail(at, quantity.error().message);
      return std::nullopt;
    }
    const Unit unit = quantity->unit;
    const Unit before = series_.unit.value_or(unit);
    const bool plain = unit == Unit::number || unit == Unit::ratio;
    const bool plain_before = before == Unit::number || before == Unit::ratio;
    if (unit != before && !(plain && plain_before)) {
      fail(at, "expected " + kind_of(before) + " as before, found " + in_quotes(text));
      return std::nullopt;
    }
    series_.unit = unit == before ? unit : Unit::ratio;
    return *quantity;
  }

  std::optional<std::size_t> number(std::size_t at, std::size_t end, const char* expected) {
    std::size_t value = 0;
    const char* last = text_.data() + end;
    const auto [stop, error] = std::from_chars(text_.data() + at, last, value);
    if (error == std::errc{} && stop == last && value <= kMostValues) return value;
    fail(at, std::string("expected ") + expected + ", found " +
                 (at == end ? "nothing" : in_quotes(text_.substr(at, end - at))));
    return std::nullopt;
  }

  bool fail(std::size_t offset, std::string message) {
    error_ = {offset, std::move(message)};
    return false;
  }

  std::string_view text_;
  Series series_;
  SeriesError error_;
};

}  // namespace

Result<Series, SeriesError> parse_series(std::string_view text) { return Parser(text).parse(); }

}  // namespace revisitd::rules
