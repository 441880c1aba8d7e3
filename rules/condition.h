#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/quantity.h"
#include "rules/result.h"
#include "rules/signal.h"
#include "rules/slot.h"
#include "rules/time.h"
#include "rules/truth.h"

// The trigger language: text to a checked expression, and the expression to a truth value over one
// slot. The grammar and the rules of types and units stand in rules/README.md.
namespace revisitd::rules {

// A mistake in a condition, at a byte offset into its text.
struct ConditionError {
  std::size_t offset = 0;
  std::string message;  // says what was expected
};

// Functions of a signal over a window that ends with the slot being judged.
enum class WindowFunction { avg, min, max, change, forecast };

// A windowed look at a signal, as a condition asks for it; the engine keeps the history each needs.
struct WindowUse {
  WindowFunction function;
  std::string signal;
  Duration window{};  // forecast: how far ahead
  friend auto operator<=>(const WindowUse&, const WindowUse&) = default;
};

// What a condition may ask about the slot being judged. std::nullopt means missing, which makes
// every comparison that needs it unknown. Counts and shares are plain numbers.
class ConditionInputs {
 public:
  virtual ~ConditionInputs() = default;
  virtual std::optional<SlotValue> signal(std::string_view name) const = 0;
  virtual std::optional<SlotValue> window(const WindowUse& use) const = 0;
  virtual std::optional<double> baseline(std::string_view signal) const = 0;
  virtual std::optional<double> members() const = 0;
  virtual std::optional<double> fluent(std::string_view language) const = 0;
  virtual std::optional<double> shipped(std::string_view language) const = 0;
  virtual std::optional<double> team_languages() const = 0;
  virtual std::optional<double> fleet_share(std::string_view language) const = 0;
  virtual std::optional<double> age() const = 0;  // seconds since the decision's date
  virtual std::optional<double> support_left()
      const = 0;  // seconds until end of life; negative once past
};

// One comparison of a condition with its sides as numbers, for evidence and explanations.
struct ComparisonReading {
  std::string left;                     // source text of the left side
  std::string op;                       // "<", "<=", ">", ">=", "==", "!="
  std::string right;                    // source text of the right side
  std::optional<SlotValue> left_value;  // nullopt: missing
  std::optional<SlotValue> right_value;
  Unit unit = Unit::number;
  Truth truth = Truth::unknown;
  bool negated = false;  // under an odd number of `not`: it speaks for a breach when it is false
};

// A condition that has been parsed and whose names, types and units are right. Immutable and cheap
// to copy.
class Condition {
 public:
  // Checks `text` against the signals that may be named. The whole text must be one boolean
  // expression.
  static Result<Condition, ConditionError> parse(std::string_view text, const SignalTable& signals);

  // Does not allocate. A missing or non-finite input makes the comparisons that need it unknown.
  [[nodiscard]] Truth evaluate(const ConditionInputs& inputs) const;
  // The comparisons from left to right with the values the inputs give them.
  [[nodiscard]] std::vector<ComparisonReading> read(const ConditionInputs& inputs) const;

  // The source as written.
  [[nodiscard]] const std::string& text() const;
  // The meaning as text: canonical blanks, parentheses and units, constants folded. Two conditions
  // with equal meaning judge every slot alike, so this is what a trigger's identity hashes
  // ("a > 1h" and "(a>60m)" agree).
  [[nodiscard]] const std::string& meaning() const;
  // Every signal the condition looks at, directly or in a window; baseline() alone does not count.
  [[nodiscard]] const std::set<std::string, std::less<>>& signals() const;
  // Each once, in the order of their first use.
  [[nodiscard]] const std::vector<WindowUse>& windows() const;
  // Whether it asks about the team: members, fluent, shipped, team_languages, fleet_share.
  [[nodiscard]] bool uses_roster() const;
  // Signals of which baseline() is asked.
  [[nodiscard]] const std::set<std::string, std::less<>>& baselines() const;

  // The first comparison of a bare signal with constants only: what a plot draws its threshold line
  // at.
  struct Threshold {
    std::string signal;
    std::string op;
    Quantity value;
    std::size_t constant = 0;  // its index in constants()
  };
  // All comparisons of that shape, in order.
  [[nodiscard]] const std::vector<Threshold>& thresholds() const;

  // A side of a comparison that is a constant while the other side is none: what can be set to
  // something else.
  struct Constant {
    std::string side;  // the other side, as written: "avg(latency_p99, 1d)"
    Quantity value;
    bool whole = false;  // the other side counts people or languages
  };
  // All of them, from left to right.
  [[nodiscard]] const std::vector<Constant>& constants() const;
  // The same condition with another value for constants()[index], which must be there. Durations
  // must be whole milliseconds, sizes whole bytes, and the unit must fit the other side's.
  [[nodiscard]] Result<Condition, ConditionError> with_constant(std::size_t index, Quantity value,
                                                                const SignalTable& signals) const;
  // The same with the first of constants() that has the unit of `value`, for `backtest --sweep
  // threshold=…`; a plain number may stand for a ratio where none is a plain number.
  [[nodiscard]] Result<Condition, ConditionError> with_threshold(Quantity value,
                                                                 const SignalTable& signals) const;

 private:
  struct Body;
  explicit Condition(std::shared_ptr<const Body> body) : body_(std::move(body)) {}
  std::shared_ptr<const Body> body_;
};

}  // namespace revisitd::rules
