#include "rules/explain_trend.h"

#include <algorithm>
#include <cmath>

namespace revisitd::rules {
namespace {

constexpr std::int64_t kParts = 32;
constexpr std::size_t kLeastParts = 8;
constexpr double kSteady = 0.05;  // less change than this is none

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

}  // namespace

std::optional<double> SignalTrend::change() const {
  if (!from || !to || *from == 0) return std::nullopt;
  return (*to - *from) / std::abs(*from);
}

SignalTrend trend_over(const std::vector<std::pair<std::int64_t, double>>& values,
                       std::int64_t first, std::int64_t last) {
  SignalTrend trend;
  trend.values = static_cast<int>(values.size());
  trend.least = trend.most = values.front().second;
  double sum = 0;
  struct Part {
    double at = 0, sum = 0;
    int count = 0;
  };
  std::vector<Part> parts(static_cast<std::size_t>(kParts));
  const std::int64_t span = last - first;
  for (const auto& [index, value] : values) {
    trend.least = std::min(trend.least, value);
    trend.most = std::max(trend.most, value);
    sum += value;
    Part& part = parts[static_cast<std::size_t>((index - first) * kParts / span)];
    part.at += static_cast<double>(index - first) + 0.5;
    part.sum += value;
    ++part.count;
  }
  trend.mean = sum / static_cast<double>(values.size());
  std::erase_if(parts, [](const Part& p) { return p.count == 0; });
  if (parts.size() < kLeastParts) return trend;
  std::vector<double> slopes, offsets;
  const auto x = [](const Part& p) { return p.at / p.count; };
  const auto y = [](const Part& p) { return p.sum / p.count; };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (std::size_t j = i + 1; j < parts.size(); ++j)
      slopes.push_back((y(parts[j]) - y(parts[i])) / (x(parts[j]) - x(parts[i])));
  }
  const double slope = median(std::move(slopes));
  for (const Part& part : parts) offsets.push_back(y(part) - slope * x(part));
  const double start = median(std::move(offsets));
  // Where values jump, a line leaves what was measured, and latencies would be negative.
  trend.from = std::clamp(start, trend.least, trend.most);
  trend.to = std::clamp(start + slope * static_cast<double>(span), trend.least, trend.most);
  return trend;
}

std::string trend_words(const SignalTrend& trend) {
  if (!trend.from) return "too few values for a trend";
  const double scale = std::max(std::abs(*trend.from), std::abs(*trend.to));
  if (std::abs(*trend.to - *trend.from) <= kSteady * scale)
    return "steady around " + format_quantity(trend.mean, trend.unit);
  std::string text = *trend.to > *trend.from ? "rose" : "fell";
  text += " from " + format_quantity(*trend.from, trend.unit) + " to " +
          format_quantity(*trend.to, trend.unit);
  if (const auto change = trend.change()) {
    const double whole = std::round(*change * 1000) / 1000;
    text += std::string(" (") + (whole > 0 ? "+" : "") + format_quantity(whole, Unit::ratio) + ")";
  }
  return text;
}

}  // namespace revisitd::rules
