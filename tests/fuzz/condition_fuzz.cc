#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "rules/condition.h"

// Any text is either refused at a place inside it or is a condition that can be judged, read and
// written back with the same meaning.
namespace revisitd::rules {
namespace {

const SignalTable& signals() {
  static const SignalTable table = [] {
    SignalTable made;
    made["latency_p99"].unit = Unit::seconds;
    made["memory"].unit = Unit::bytes;
    made["error_ratio"].unit = Unit::ratio;
    made["rps"].unit = Unit::number;
    made["a"].unit = Unit::number;
    return made;
  }();
  return table;
}

// Answers with numbers that reach every branch of the interval arithmetic; `rps` is missing.
class Inputs : public ConditionInputs {
 public:
  std::optional<SlotValue> signal(std::string_view name) const override {
    if (name == "rps") return std::nullopt;
    if (name == "a") return SlotValue{0.5, -1, 2};
    if (name == "memory") return SlotValue::exact(1 << 28);
    return SlotValue{0.1, 0, HUGE_VAL};
  }
  std::optional<SlotValue> window(const WindowUse& use) const override {
    return signal(use.signal);
  }
  std::optional<double> baseline(std::string_view) const override { return 0; }
  std::optional<double> members() const override { return 4; }
  std::optional<double> fluent(std::string_view) const override { return 1; }
  std::optional<double> shipped(std::string_view) const override { return 2; }
  std::optional<double> team_languages() const override { return std::nullopt; }
  std::optional<double> fleet_share(std::string_view) const override { return 0.25; }
  std::optional<double> age() const override { return 1e7; }
  std::optional<double> support_left() const override { return -1e7; }
};

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view text) {
  const auto condition = Condition::parse(text, signals());
  if (!condition) {
    require(condition.error().offset <= text.size());
    require(!condition.error().message.empty() && condition.error().message.size() < 1000);
    return;
  }
  const Truth truth = condition->evaluate(Inputs());
  require(truth == condition->evaluate(Inputs()));
  require(!condition->read(Inputs()).empty());
  for (const ComparisonReading& reading : condition->read(Inputs())) {
    require(text.find(reading.left) != std::string_view::npos);
    if (!reading.left_value || !reading.right_value) require(reading.truth == Truth::unknown);
  }
  // The canonical text may be longer than a condition may be, and a folded duration need not be
  // writable.
  const auto again = Condition::parse(condition->meaning(), signals());
  if (again) {
    require(again->meaning() == condition->meaning());
    require(again->evaluate(Inputs()) == truth);
  }
  if (!condition->thresholds().empty()) {
    const Quantity same = condition->thresholds().front().value;
    const auto swept =
        condition->with_constant(condition->thresholds().front().constant, same, signals());
    if (swept && same.unit != Unit::seconds) require(swept->evaluate(Inputs()) == truth);
  }
}

}  // namespace
}  // namespace revisitd::rules

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  revisitd::rules::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
