#include "rules/draft_trigger.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "rules/condition_text.h"
#include "rules/roster_merge.h"

namespace revisitd::rules {
namespace {

// Thresholds that are crossed today move this far beyond what is measured.
constexpr double kHeadroom = 1.25;

double two_digits(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 std::chars_format::scientific, 1);
  double rounded = 0;
  std::from_chars(text.data(), end.ptr, rounded);
  return rounded;
}

int count(const std::map<std::string, int, std::less<>>& counts, std::string_view language) {
  const auto found = counts.find(language);
  return found == counts.end() ? 0 : found->second;
}

// What the conditions of the new decision would see on the day it is taken. Measurements are known
// only where they say something of its language.
class DraftInputs : public ConditionInputs {
 public:
  DraftInputs(const DecisionInputs& now, const std::string& language, bool measured)
      : now_(now), language_(language), measured_(measured) {}

  std::optional<SlotValue> signal(std::string_view name) const override {
    const auto found = now_.signals.find(name);
    if (!measured_ || found == now_.signals.end()) return std::nullopt;
    return SlotValue::exact(found->second.quantity.value);
  }
  std::optional<SlotValue> window(const WindowUse& /*use*/) const override { return std::nullopt; }
  std::optional<double> baseline(std::string_view signal_name) const override {
    const auto value = signal(signal_name);
    return value ? std::optional(value->value) : std::nullopt;
  }
  std::optional<double> members() const override {
    if (!now_.people) return std::nullopt;
    return now_.people->members;
  }
  std::optional<double> fluent(std::string_view language) const override {
    if (!now_.people) return std::nullopt;
    return count(now_.people->fluent, language);
  }
  std::optional<double> shipped(std::string_view language) const override {
    if (!now_.people || !now_.people->shipped) return std::nullopt;
    return count(*now_.people->shipped, language);
  }
  // The inputs are those of the other services; this one comes on top.
  std::optional<double> team_languages() const override {
    if (!now_.fleet) return std::nullopt;
    const auto others = static_cast<double>(now_.fleet->team.size());
    return others + (now_.fleet->team.contains(language_) ? 0 : 1);
  }
  std::optional<double> fleet_share(std::string_view language) const override {
    if (!now_.fleet) return std::nullopt;
    double all = 1;
    for (const auto& [name, services] : now_.fleet->fleet) all += services;
    return (count(now_.fleet->fleet, language) + (language == language_ ? 1 : 0)) / all;
  }
  std::optional<double> age() const override { return 0; }
  std::optional<double> support_left() const override { return std::nullopt; }

 private:
  const DecisionInputs& now_;
  const std::string& language_;
  bool measured_;
};

// Nothing but one of the functions that count.
bool is_count(std::string_view text) {
  const bool counts = text.starts_with("fluent(") || text.starts_with("shipped(") ||
                      text.starts_with("members(") || text.starts_with("team_languages(");
  return counts && text.find(')') + 1 == text.size();
}

// A comparison with a constant, written with the constant on its right.
struct Crossed {
  std::string what, op, constant;
  double now = 0;
  Unit unit = Unit::number;
  bool turned = false;  // the constant is on its left
};

std::string turned_op(const std::string& op) {
  if (op.starts_with('<')) return ">" + op.substr(1);
  if (op.starts_with('>')) return "<" + op.substr(1);
  return op;
}

std::optional<Crossed> crossed(const ComparisonReading& c) {
  if (c.truth != Truth::yes || c.negated) return std::nullopt;
  if (c.left_value && parse_quantity(c.right))
    return Crossed{c.left, c.op, c.right, c.left_value->value, c.unit, false};
  if (c.right_value && parse_quantity(c.left))
    return Crossed{c.right, turned_op(c.op), c.left, c.right_value->value, c.unit, true};
  return std::nullopt;
}

// A constant by which the comparison is false; nothing where there is none worth writing.
std::optional<std::string> moved_constant(const Crossed& c) {
  const bool rising = c.op.starts_with('>');
  if (!rising && !c.op.starts_with('<')) return std::nullopt;
  if (is_count(c.what)) {
    const double edge = c.op == "<=" ? c.now - 1 : c.op == ">=" ? c.now + 1 : c.now;
    if (edge < 0 || (edge == 0 && c.op == "<")) return std::nullopt;
    return format_quantity(edge, Unit::number);
  }
  if (c.now <= 0) return std::nullopt;
  const Quantity proposed =
      spelled({two_digits(rising ? c.now * kHeadroom : c.now / kHeadroom), c.unit});
  if (proposed.value <= 0) return std::nullopt;
  return spelled_text(proposed);
}

// Where `left op right` stands in the text, blanks between them as they are; its `right`, or `left`
// where the constant is there.
std::optional<std::string> with_constant(const std::string& text, const ComparisonReading& c,
                                         bool left, const std::string& constant) {
  for (std::size_t at = text.find(c.left); at != std::string::npos;
       at = text.find(c.left, at + 1)) {
    const auto skip = [&](std::size_t from) { return text.find_first_not_of(" \t\r\n", from); };
    const std::size_t op = skip(at + c.left.size());
    if (op == std::string::npos || text.compare(op, c.op.size(), c.op) != 0) continue;
    const std::size_t right = skip(op + c.op.size());
    if (right == std::string::npos || text.compare(right, c.right.size(), c.right) != 0) continue;
    std::string changed = text;
    return left ? changed.replace(at, c.left.size(), constant)
                : changed.replace(right, c.right.size(), constant);
  }
  return std::nullopt;
}

void add_note(std::string& note, const std::string& more) {
  note += (note.empty() ? "" : "; ") + more;
}

// Moves thresholds until the condition is not true any more, as far as anything is known.
void move_thresholds(const DraftInput& in, const DraftInputs& inputs, TriggerProposal& p) {
  const SignalTable& signals = in.decision.signals;
  std::set<std::string> tried;
  for (auto condition = Condition::parse(p.when, signals);
       condition && condition->evaluate(inputs) != Truth::no;) {
    bool moved = false;
    for (const ComparisonReading& reading : condition->read(inputs)) {
      const auto c = crossed(reading);
      if (!c || !tried.insert(reading.left + reading.op + reading.right).second) continue;
      const std::string now = format_quantity(c->now, c->unit);
      const auto constant = moved_constant(*c);
      const auto text =
          constant ? with_constant(p.when, reading, c->turned, *constant) : std::nullopt;
      auto changed = text ? Condition::parse(*text, signals) : condition;
      if (!text || !changed) {
        add_note(p.note, "TO DECIDE: true at once, " + now + " now");
        continue;
      }
      add_note(p.note,
               "was " + c->constant + ", " + now + (is_count(c->what) ? " now" : " measured"));
      p.when = *text;
      condition = std::move(changed);
      moved = true;
      break;
    }
    if (!moved) return;
  }
}

// The two languages change places wherever the condition names them.
std::string with_languages_swapped(const std::string& text, const std::string& one,
                                   const std::string& other) {
  std::string swapped;
  std::size_t done = 0;
  for (std::size_t open = text.find('"'); open != std::string::npos; open = text.find('"', done)) {
    const std::size_t close = text.find('"', open + 1);
    if (close == std::string::npos) break;
    const std::string name = text.substr(open + 1, close - open - 1);
    const std::string known = lower_case(name);
    swapped += text.substr(done, open + 1 - done);
    swapped += known == one ? other : known == other ? one : name;
    swapped += '"';
    done = close + 1;
  }
  return swapped + text.substr(done);
}

bool names(const std::string& text, const std::string& language) {
  return lower_case(text).find("\"" + language + "\"") != std::string::npos;
}

}  // namespace

Quantity spelled(Quantity q) {
  constexpr double kMiB = 1048576;
  switch (q.unit) {
    case Unit::seconds:
      return {std::round(q.value * 1000) / 1000, q.unit};
    case Unit::bytes:
      return {q.value >= 10 * kMiB ? std::round(q.value / kMiB) * kMiB : std::round(q.value),
              q.unit};
    case Unit::ratio:
      return {std::round(q.value * 1e4) / 1e4, q.unit};
    case Unit::number:
      break;
  }
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), q.value, std::chars_format::general, 4);
  double rounded = 0;
  std::from_chars(text.data(), end.ptr, rounded);
  return {rounded, q.unit};
}

TriggerProposal propose_trigger(const DraftInput& in, const Trigger& trigger,
                                const std::string& language) {
  const std::string& old = in.decision.language;
  const bool stays = language == old;
  TriggerProposal p{trigger.when.text(), "", trigger.favours};
  if (!stays && names(p.when, old)) {
    p.when = with_languages_swapped(p.when, old, language);
    if (p.favours == language) p.favours = old;
  } else if (p.favours == language) {
    p.favours.clear();
  }
  move_thresholds(in, DraftInputs(in.now, language, stays), p);
  if (p.note.empty() && !trigger.when.thresholds().empty()) {
    const Condition::Threshold& first = trigger.when.thresholds().front();
    if (const auto now = in.now.signals.find(first.signal); now != in.now.signals.end()) {
      p.note = format_quantity(now->second.quantity.value, first.value.unit) + " measured";
      if (!stays) p.note += " in " + (in.now.language.empty() ? old : in.now.language);
    }
  }
  if (p.favours.empty() && !trigger.favours.empty()) {
    add_note(p.note, "TO DECIDE: what it favours now");
  }
  return p;
}

}  // namespace revisitd::rules
