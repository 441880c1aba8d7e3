#include "rules/measured.h"

#include <cmath>

namespace revisitd::rules {
namespace {

// Knows nothing, so that only constants have values.
class NoInputs : public ConditionInputs {
 public:
  std::optional<SlotValue> signal(std::string_view) const override { return std::nullopt; }
  std::optional<SlotValue> window(const WindowUse&) const override { return std::nullopt; }
  std::optional<double> baseline(std::string_view) const override { return std::nullopt; }
  std::optional<double> members() const override { return std::nullopt; }
  std::optional<double> fluent(std::string_view) const override { return std::nullopt; }
  std::optional<double> shipped(std::string_view) const override { return std::nullopt; }
  std::optional<double> team_languages() const override { return std::nullopt; }
  std::optional<double> fleet_share(std::string_view) const override { return std::nullopt; }
  std::optional<double> age() const override { return std::nullopt; }
  std::optional<double> support_left() const override { return std::nullopt; }
};

}  // namespace

std::optional<Measured> measured(const Condition& condition,
                                 const std::vector<ComparisonReading>& now) {
  const std::vector<ComparisonReading> constants = condition.read(NoInputs());
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (constants[i].left_value && constants[i].right_value) continue;
    const ComparisonReading& c = now[i];
    const bool turned = constants[i].left_value.has_value();
    const char op = c.op.front();
    const bool equality = op == '=' || op == '!';
    const bool rising = equality || ((op == '<') == turned) != c.negated;
    return turned ? Measured{c.right_value, c.left_value, c.unit, rising}
                  : Measured{c.left_value, c.right_value, c.unit, rising};
  }
  return std::nullopt;
}

std::string describe(const std::vector<ComparisonReading>& comparisons) {
  std::string text;
  const auto side = [](const std::string& source, const std::optional<SlotValue>& value,
                       Unit unit) {
    if (!value) return source + " ?";
    const std::string shown = format_quantity(value->value, unit);
    return source == shown ? shown : source + " " + shown;
  };
  for (const ComparisonReading& c : comparisons) {
    if (!text.empty()) text += "; ";
    // A constant is shown as it was written, anything else with its value behind it.
    const bool constant = c.right_value && parse_quantity(c.right).has_value();
    text += side(c.left, c.left_value, c.unit) + " " + c.op + " " +
            (constant ? c.right : side(c.right, c.right_value, c.unit));
  }
  return text;
}

double worse_by(double value, bool rising, double share) {
  const double margin = std::abs(value) * share;
  return rising ? value + margin : value - margin;
}

bool has_reached(const Measured& measured, double limit) {
  if (!measured.value) return false;
  return measured.rising ? measured.value->value >= limit : measured.value->value <= limit;
}

}  // namespace revisitd::rules
