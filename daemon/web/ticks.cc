#include "daemon/web/ticks.h"

#include <array>
#include <cmath>

namespace revisitd::daemon::web {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kDay = hours(24);
constexpr std::array kTimeSteps = {
    Duration(seconds(1)),
    Duration(seconds(5)),
    Duration(seconds(15)),
    Duration(seconds(30)),
    Duration(minutes(1)),
    Duration(minutes(5)),
    Duration(minutes(15)),
    Duration(minutes(30)),
    Duration(hours(1)),
    Duration(hours(2)),
    Duration(hours(3)),
    Duration(hours(6)),
    Duration(hours(12)),
    kDay,
    2 * kDay,
    5 * kDay,
    10 * kDay,
    30 * kDay,
    90 * kDay,
    365 * kDay,
};

double decimal_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

double clock_step(double least) {
  for (const double step : {60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0,
                            21600.0, 43200.0, 86400.0}) {
    if (step >= least) return step;
  }
  return 86400 * decimal_step(least / 86400);
}

double step_for(double least, Unit unit) {
  switch (unit) {
    case Unit::seconds:
      return least > 30 ? clock_step(least) : decimal_step(least);
    case Unit::bytes:
      return least < 1 ? 1 : std::exp2(std::ceil(std::log2(least) - 1e-9));
    case Unit::number:
    case Unit::ratio:
      return decimal_step(least);
  }
  return decimal_step(least);
}

std::string time_label(TimePoint at) {
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string text = format_time(at);  // 2026-05-04T10:00:00Z
  const Duration since_midnight = at.time_since_epoch() % kDay;
  if (since_midnight != Duration{}) {
    return since_midnight % minutes(1) == Duration{} ? text.substr(11, 5) : text.substr(11, 8);
  }
  const auto month = static_cast<std::size_t>(std::stoi(text.substr(5, 2)) - 1);
  return std::to_string(std::stoi(text.substr(8, 2))) + " " + kMonths[month];
}

}  // namespace

std::vector<ValueTick> value_ticks(double low, double high, Unit unit, int wanted) {
  const double step = step_for((high - low) / wanted, unit);
  const auto first = static_cast<long long>(std::floor(low / step + 1e-9));
  const auto last = static_cast<long long>(std::ceil(high / step - 1e-9));
  std::vector<ValueTick> ticks;
  for (long long i = first; i <= last; ++i) {
    const double value = static_cast<double>(i) * step;
    ticks.push_back({value, i == 0 && unit != Unit::ratio ? "0" : format_quantity(value, unit)});
  }
  return ticks;
}

std::vector<TimeTick> time_ticks(TimePoint from, TimePoint to, int most) {
  Duration step = kTimeSteps.back();
  for (const Duration candidate : kTimeSteps) {
    if ((to - from) / candidate < most) {
      step = candidate;
      break;
    }
  }
  std::vector<TimeTick> ticks;
  for (TimePoint at = slot_start(slot_index(from + step - Duration(1), step), step); at <= to;
       at += step) {
    ticks.push_back({at, time_label(at)});
  }
  return ticks;
}

}  // namespace revisitd::daemon::web
