#include "rules/time.h"

#include <date/date.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "rules/diagnostic.h"

namespace revisitd {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct DurationUnit {
  std::string_view name;
  std::int64_t millis;
};

// Largest first, the order in which a duration names them. Weeks and years are fixed lengths.
constexpr std::array<DurationUnit, 7> kUnits = {{
    {"y", 365LL * 86'400'000},
    {"w", 7LL * 86'400'000},
    {"d", 86'400'000},
    {"h", 3'600'000},
    {"m", 60'000},
    {"s", 1'000},
    {"ms", 1},
}};
constexpr std::int64_t kLongest = 100 * kUnits[0].millis;

struct WrittenUnit {
  std::string_view spelling;
  std::string_view meant;
};
constexpr std::array<WrittenUnit, 20> kMisspelt = {{
    {"year", "y"},   {"years", "y"},   {"week", "w"},    {"weeks", "w"},   {"day", "d"},
    {"days", "d"},   {"hr", "h"},      {"hour", "h"},    {"hours", "h"},   {"min", "m"},
    {"mins", "m"},   {"minute", "m"},  {"minutes", "m"}, {"sec", "s"},     {"secs", "s"},
    {"second", "s"}, {"seconds", "s"}, {"msec", "ms"},   {"millis", "ms"}, {"S", "s"},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string_view take_while(std::string_view& text, bool (*accept)(char)) {
  const auto end = std::find_if_not(text.begin(), text.end(), accept);
  const std::string_view front = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(front.size());
  return front;
}

Error bad_duration(std::string_view text, const std::string& why) {
  return Error{in_quotes(text) + " is not a duration: " + why};
}

std::string unit_mistake(std::string_view number, std::string_view name) {
  std::string why = "unknown unit " + in_quotes(name);
  const auto misspelt = std::find_if(kMisspelt.begin(), kMisspelt.end(),
                                     [&](const WrittenUnit& u) { return u.spelling == name; });
  if (misspelt != kMisspelt.end()) {
    return why + ", did you mean " + std::string(number) + std::string(misspelt->meant) + "?";
  }
  return why + ", expected y, w, d, h, m, s or ms";
}

// "1.5h" is refused, as everywhere in the family; the message says how to write it.
std::string fraction_mistake(std::string_view text, std::string_view whole) {
  const std::string_view decimals = text.substr(1, text.find_first_not_of("0123456789", 1) - 1);
  const std::string_view unit = text.substr(std::min(text.size(), 1 + decimals.size()));
  const auto known = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](const DurationUnit& u) { return u.name == unit; });
  double value = 0;
  const std::string number = std::string(whole) + '.' + std::string(decimals);
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  std::string why = "fractions are not allowed";
  if (known == kUnits.end() || read.ec != std::errc{} || whole.size() > 6) return why;
  const double exact = value * static_cast<double>(known->millis);
  const auto millis = static_cast<std::int64_t>(exact);
  if (millis > 0 && static_cast<double>(millis) == exact) {
    why += ", did you mean " + format_duration(Duration{millis}) + "?";
  }
  return why;
}

// Reads exactly `width` digits off the front; nullopt leaves `text` as it was.
std::optional<int> take_number(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  const std::string_view digits = text.substr(0, width);
  if (!std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

using Millis = Result<TimePoint, std::string>;  // the error says only what was expected

Millis take_date(std::string_view& text) {
  const std::string expected = "expected a date such as 2026-05-04";
  const auto year = take_number(text, 4);
  if (!year || !take(text, "-")) return expected;
  const auto month = take_number(text, 2);
  if (!month || !take(text, "-")) return expected;
  const auto day = take_number(text, 2);
  if (!day) return expected;
  if (*month < 1 || *month > 12) return std::string("the month must be 01 to 12");
  const date::year_month ym{date::year{*year}, date::month{static_cast<unsigned>(*month)}};
  const auto last = static_cast<unsigned>((ym / date::last).day());
  if (*day < 1 || static_cast<unsigned>(*day) > last) {
    return "the day must be 01 to " + std::to_string(last) + " in that month";
  }
  return TimePoint{date::sys_days{ym / date::day{static_cast<unsigned>(*day)}}};
}

// The fraction behind the seconds, cut to milliseconds.
Result<Duration, std::string> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return Duration{};
  const std::string_view digits = take_while(text, is_digit);
  if (digits.empty() || digits.size() > 9) return std::string("expected 1 to 9 decimals");
  std::string_view millis = digits.substr(0, 3);
  int value = 0;
  std::from_chars(millis.data(), millis.data() + millis.size(), value);
  for (std::size_t i = millis.size(); i < 3; ++i) value *= 10;
  return Duration{value};
}

// What has to be taken off the local time to get UTC.
Result<Duration, std::string> take_offset(std::string_view& text) {
  if (take(text, "Zz")) return Duration{};
  const std::string expected = "expected Z or an offset such as +02:00 after the time";
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return expected;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return expected;
  const auto minute = take_number(text, 2);
  if (!minute || *hour > 23 || *minute > 59) return expected;
  return Duration{sign * (hours{*hour} + minutes{*minute})};
}

// The clock time, fraction and offset of RFC 3339, as a distance from that day's midnight UTC.
Result<Duration, std::string> take_clock(std::string_view& text) {
  const std::string expected = "expected a time such as 10:00:00Z";
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ":")) return expected;
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ":")) return expected;
  const auto second = take_number(text, 2);
  if (!second) return expected;
  if (*hour > 23 || *minute > 59 || *second > 60) {
    return std::string("the clock goes from 00:00:00 to 23:59:59");
  }
  const auto fraction = take_fraction(text);
  if (!fraction) return fraction.error();
  const auto offset = take_offset(text);
  if (!offset) return offset.error();
  const Duration clock = hours{*hour} + minutes{*minute} + seconds{*second} - *offset;
  if (*second == 60 && clock % days{1} != Duration{}) {
    return std::string("a second 60 exists at 23:59:60Z only");
  }
  return clock + *fraction;
}

constexpr TimePoint kFirst = from_millis(-62'167'219'200'000);  // 0000-01-01T00:00:00Z
constexpr TimePoint kLast = from_millis(253'402'300'799'999);   // 9999-12-31T23:59:59.999Z

Millis time_of(std::string_view text) {
  const auto midnight = take_date(text);
  if (!midnight || text.empty()) return midnight;
  if (!take(text, "Tt ")) return std::string("expected T and a time, or nothing, after the date");
  const auto clock = take_clock(text);
  if (!clock) return clock.error();
  if (!text.empty()) return std::string("unexpected text after the time");
  const TimePoint time = *midnight + *clock;
  if (time < kFirst || time > kLast) return std::string("the year must be 0000 to 9999");
  return time;
}

void append_padded(std::string& out, std::int64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  out.append(width - std::min(width, digits.size()), '0').append(digits);
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration{};
  if (text.empty()) return Error{"expected a duration such as 5m or 1h30m"};
  if (text.front() == '-' || text.front() == '+') {
    return bad_duration(text, "a duration carries no sign");
  }
  if (text.find_first_of(" \t") != std::string_view::npos) {
    return bad_duration(text, "no blanks between number and unit, expected such as 5m or 1h30m");
  }
  std::int64_t total = 0;
  std::size_t next = 0;  // the largest unit that may still come
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view number = take_while(rest, is_digit);
    if (number.empty()) return bad_duration(text, "expected a number such as 5m or 1h30m");
    if (rest.starts_with('.')) return bad_duration(text, fraction_mistake(rest, number));
    const std::string_view name = take_while(rest, is_letter);
    if (name.empty()) {
      return bad_duration(text, "expected a unit such as " + std::string(number.substr(0, 20)) +
                                    "m or " + std::string(number.substr(0, 20)) + "s");
    }
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [&](const DurationUnit& u) { return u.name == name; });
    if (unit == kUnits.end()) return bad_duration(text, unit_mistake(number, name));
    const auto index = static_cast<std::size_t>(unit - kUnits.begin());
    if (index < next) {
      return bad_duration(text, "units go from large to small (y w d h m s ms), each at most once");
    }
    next = index + 1;
    std::int64_t count = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), count);
    if (read.ec != std::errc{} || count > (kLongest - total) / unit->millis) {
      return bad_duration(text, "it is longer than 100 years");
    }
    total += count * unit->millis;
  }
  return Duration{total};
}

std::string format_duration(Duration duration) {
  if (duration == Duration{}) return "0s";
  std::string result = duration < Duration{} ? "-" : "";
  // Unsigned, so that the most negative duration has an absolute value too.
  auto left = static_cast<std::uint64_t>(duration.count());
  if (duration < Duration{}) left = 0 - left;
  for (auto unit = kUnits.begin() + 2; unit != kUnits.end(); ++unit) {
    const auto millis = static_cast<std::uint64_t>(unit->millis);
    if (left < millis) continue;
    result += std::to_string(left / millis) + std::string(unit->name);
    left %= millis;
  }
  return result;
}

Result<TimePoint> parse_time(std::string_view text) {
  if (text.empty()) return Error{"expected a date or time such as 2026-05-04T10:00:00Z"};
  const Millis time = time_of(text);
  if (!time) return Error{in_quotes(text) + " is not a time: " + time.error()};
  return *time;
}

std::string format_time(TimePoint time) {
  const TimePoint shown = std::clamp(time, kFirst, kLast);
  std::string result = format_date(shown);
  const date::hh_mm_ss clock{shown - date::floor<days>(shown)};
  result += 'T';
  append_padded(result, clock.hours().count(), 2);
  result += ':';
  append_padded(result, clock.minutes().count(), 2);
  result += ':';
  append_padded(result, clock.seconds().count(), 2);
  if (clock.subseconds() != Duration{}) {
    result += '.';
    append_padded(result, clock.subseconds().count(), 3);
  }
  return result + 'Z';
}

std::string format_date(TimePoint time) {
  const date::year_month_day ymd{date::floor<days>(std::clamp(time, kFirst, kLast))};
  std::string result;
  append_padded(result, static_cast<int>(ymd.year()), 4);
  result += '-';
  append_padded(result, static_cast<unsigned>(ymd.month()), 2);
  result += '-';
  append_padded(result, static_cast<unsigned>(ymd.day()), 2);
  return result;
}

}  // namespace revisitd
