#include "rules/daily_trend.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace revisitd::rules {
namespace {

constexpr Duration kDay = std::chrono::hours(24);

// Of an even number the mean of the two in the middle.
double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

}  // namespace

void DailyTrend::keep(Duration back) {
  days_ = std::max(days_, kLookback + 1 + (back + kDay - Duration{1}) / kDay);
}

void DailyTrend::add(TimePoint slot_start, double value) {
  if (newest_ && slot_start <= *newest_) return;
  newest_ = slot_start;
  const std::int64_t day = slot_index(slot_start, kDay);
  if (sums_.empty() || sums_.back().day != day) {
    sums_.emplace_back().day = day;
    line_.reset();
  }
  sums_.back().sum.add(value);
  ++sums_.back().count;
  while (sums_.front().day <= day - days_) sums_.pop_front();
}

std::optional<double> DailyTrend::forecast(TimePoint end, Duration ahead) const {
  const std::int64_t last = slot_index(end, kDay) - 1;
  if (!line_ || line_->last != last) line_ = fit(last);
  if (!line_->slope) return std::nullopt;
  const Duration target = end + ahead - slot_start(last, kDay);
  return line_->offset + *line_->slope * (to_seconds(target) / to_seconds(kDay) - 0.5);
}

DailyTrend::Line DailyTrend::fit(std::int64_t last) const {
  std::vector<std::pair<double, double>> points;
  for (const Day& d : sums_) {
    if (d.day <= last - kLookback || d.day > last) continue;
    points.emplace_back(static_cast<double>(d.day - last), d.sum.value() / d.count);
  }
  Line line{last, std::nullopt, 0};
  if (points.size() < static_cast<std::size_t>(kLeastDays)) return line;
  std::vector<double> slopes, offsets;
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      slopes.push_back((points[j].second - points[i].second) / (points[j].first - points[i].first));
    }
  }
  const double slope = median(slopes);
  for (const auto& [day, mean] : points) offsets.push_back(mean - slope * day);
  line.slope = slope;
  line.offset = median(offsets);
  return line;
}

}  // namespace revisitd::rules
