#include "rules/explain_flips.h"

#include <algorithm>
#include <cmath>

#include "rules/condition_text.h"
#include "rules/explain_amounts.h"
#include "rules/ledger_outlook.h"

namespace revisitd::rules {
namespace {

using Kind = Question::Kind;

constexpr int kMostPeople = 20;
constexpr Duration kHorizon = std::chrono::hours(24 * 3650);

bool is_in(Verdict verdict, const std::vector<Verdict>& wanted) {
  return std::find(wanted.begin(), wanted.end(), verdict) != wanted.end();
}

std::vector<Verdict> wanted_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::tripped:
      return {Verdict::clear};
    case Verdict::clear:
      return {Verdict::tripped};
    case Verdict::unproven:
    case Verdict::blind:
      break;
  }
  return {Verdict::clear, Verdict::tripped};
}

// How large the numbers are that a signal is compared with and has.
double scale_of(const TrialWindow& trial, const Trigger& trigger, const std::string& signal) {
  double scale = 0;
  const auto look = [&](const std::vector<Question>& questions,
                        const std::vector<Answer>& answers) {
    for (std::size_t i = 0; i < questions.size(); ++i) {
      const bool about = questions[i].name == signal &&
                         (questions[i].kind == Kind::signal || questions[i].kind == Kind::window);
      if (!about || !answers[i].value) continue;
      const bool relative =
          questions[i].kind == Kind::window && questions[i].use.function == WindowFunction::change;
      const double size = relative ? answers[i].earlier : answers[i].value->value;
      scale = std::max(scale, std::abs(size));
    }
  };
  for (const TrialWindow::Slot& slot : trial.slots()) {
    look(trial.when(), slot.when);
    look(trial.provided(), slot.provided);
  }
  for (const Condition* c : {&trigger.when, trigger.provided ? &*trigger.provided : nullptr}) {
    if (c == nullptr) continue;
    for (const auto& threshold : c->thresholds()) {
      if (threshold.signal == signal) scale = std::max(scale, std::abs(threshold.value.value));
    }
  }
  return scale;
}

class Search {
 public:
  Search(const TrialWindow& trial, const Decision& decision, const Trigger& trigger,
         const TriggerState& standing)
      : trial_(trial),
        decision_(decision),
        trigger_(trigger),
        standing_(standing),
        shares_{trigger.trip, trigger.clear, trigger.coverage},
        wanted_(wanted_of(standing.verdict)) {}

  std::vector<Flip> run() {
    if (standing_.ledger.last()) {
      const bool told =
          standing_.verdict == Verdict::clear || standing_.verdict == Verdict::tripped;
      if (told) {
        for (const std::string& signal : trigger_.when.signals()) shift(signal);
      } else if (standing_.verdict == Verdict::unproven && trigger_.provided) {
        for (const std::string& signal : trigger_.provided->signals()) shift(signal);
      }
      threshold();
      people();
      if (!told) data();
      course();
    }
    time();
    return std::move(flips_);
  }

 private:
  Flip& add(FlipKind kind, Verdict to) {
    Flip& flip = flips_.emplace_back();
    flip.kind = kind;
    flip.to = to;
    return flip;
  }

  void shift(const std::string& signal) {
    const auto spec = decision_.signals.find(signal);
    const Unit unit = spec == decision_.signals.end() ? Unit::number : spec->second.unit;
    const double scale = scale_of(trial_, trigger_, signal);
    if (scale == 0) return;
    Change change;
    change.signal = signal;
    // The average of shifted values is not to the last bit the shifted average: a flip on a knife's
    // edge is none.
    const double margin = trigger_.when.windows().empty() ? 0 : 1e-9 * scale;
    const auto does = [&](double by) {
      change.shift = by > 0 ? std::max(0.0, by - margin) : std::min(0.0, by + margin);
      return is_in(trial_.verdict(change), wanted_);
    };
    std::optional<double> best;
    for (const double sign : {1.0, -1.0}) {
      const auto edge = find_edge(scale, sign, does);
      if (!edge) continue;
      double amount = readable_beyond(edge->no, unit);
      if (edge->no == 0 || !does(amount)) amount = readable_beyond(edge->yes, unit);
      if (!does(amount)) amount = edge->yes;
      if (!best || std::abs(amount) < std::abs(*best)) best = amount;
    }
    if (!best) return;
    change.shift = *best;
    Flip& flip = add(FlipKind::shift, trial_.verdict(change));
    flip.subject = signal;
    flip.amount = *best;
    flip.unit = unit;
    flip.text = signal + " " + format_quantity(std::abs(*best), unit) +
                (*best > 0 ? " higher" : " lower") + " in every slot of the window";
  }

  // How large the numbers are that the constant is compared with and has.
  double scale_of_constant(const Condition::Constant& constant) const {
    double scale = std::abs(constant.value.value);
    for (const std::string& signal : trigger_.when.signals()) {
      const auto spec = decision_.signals.find(signal);
      if (spec != decision_.signals.end() && spec->second.unit == constant.value.unit)
        scale = std::max(scale, scale_of(trial_, trigger_, signal));
    }
    return scale;
  }

  void threshold() {
    if (trigger_.when.constants().empty()) return;
    const Condition::Constant& constant = trigger_.when.constants().front();
    const double scale = scale_of_constant(constant);
    if (scale == 0) return;
    const Unit unit = constant.value.unit;
    const double before = constant.value.value;
    std::optional<Verdict> verdict;
    const auto is = [&](double value) {
      if (value < 0 && before >= 0) return false;
      const auto condition = trigger_.when.with_constant(0, {value, unit}, decision_.signals);
      if (!condition) return false;
      Change change;
      change.when = &*condition;
      verdict = trial_.verdict(change);
      return is_in(*verdict, wanted_);
    };
    // A record can name whole milliseconds, bytes and people only.
    const auto spoken = [&](double value) {
      if (unit == Unit::seconds) return std::round(value * 1000) / 1000;
      return unit == Unit::bytes || constant.whole ? std::round(value) : value;
    };
    std::optional<double> best;
    for (const double sign : {1.0, -1.0}) {
      const auto edge = find_edge(scale, sign, [&](double by) { return is(spoken(before + by)); });
      if (!edge) continue;
      const double value = before + edge->yes;
      const double step = threshold_step(value, constant.value, constant.whole);
      const double readable = readable_threshold(value, sign, step, is).value_or(spoken(value));
      if (!best || std::abs(readable - before) < std::abs(*best - before)) best = readable;
    }
    if (!best || !is(*best)) return;
    Flip& flip = add(FlipKind::threshold, *verdict);
    flip.subject = constant.side;
    flip.amount = *best;
    flip.before = before;
    flip.unit = unit;
    flip.text = "a threshold of " + spelled_text({*best, unit}) + " instead of " +
                spelled_text(constant.value);
  }

  void people() {
    std::vector<const Question*> asked;
    for (const auto* questions : {&trial_.when(), &trial_.provided()}) {
      for (const Question& question : *questions) {
        const bool of_people = question.kind == Kind::members || question.kind == Kind::fluent ||
                               question.kind == Kind::shipped;
        const bool known = std::any_of(asked.begin(), asked.end(), [&](const Question* q) {
          return q->kind == question.kind && q->name == question.name;
        });
        if (of_people && !known) asked.push_back(&question);
      }
    }
    for (const Question* question : asked) {
      const auto now = trial_.people(question->kind, question->name);
      if (!now) continue;
      Change change;
      change.knows = question->kind;
      change.language = question->name;
      for (int n = 1; n <= kMostPeople; ++n) {
        const auto fits = [&](int people) {
          if (*now + people < 0) return false;
          change.people = people;
          return is_in(trial_.verdict(change), wanted_);
        };
        if (!fits(n) && !fits(-n)) continue;
        add_people(*question, *now, change);
        break;
      }
    }
  }

  void add_people(const Question& question, int now, const Change& change) {
    Flip& flip = add(FlipKind::people, trial_.verdict(change));
    flip.subject = question.kind == Kind::fluent    ? "fluent"
                   : question.kind == Kind::shipped ? "shipped"
                                                    : "members";
    flip.language = question.name;
    flip.amount = change.people;
    flip.before = now;
    const int n = std::abs(change.people);
    flip.text = std::to_string(n) + (change.people > 0 ? " more " : " fewer ") +
                (n == 1 ? "person" : "people") + " on the team";
    if (question.kind == Kind::fluent) flip.text += " fluent in " + question.name;
    if (question.kind == Kind::shipped) flip.text += " who shipped " + question.name;
    flip.text += " throughout the window (" + std::to_string(now + change.people) + " instead of " +
                 std::to_string(now) + ")";
  }

  void data() {
    const SlotCounts& counts = standing_.ledger.counts();
    const int holes = counts.idle + counts.blind;
    for (const SlotState state : {SlotState::ok, SlotState::breach}) {
      for (int n = 1; n <= holes; ++n) {
        SlotCounts more = counts;
        (state == SlotState::ok ? more.ok : more.breach) += n;
        const int from_blind = std::min(n, counts.blind);
        more.blind -= from_blind;
        more.idle -= n - from_blind;
        const Verdict verdict = judge(more, shares_, standing_.standing);
        if (!is_in(verdict, wanted_)) continue;
        Flip& flip = add(FlipKind::data, verdict);
        flip.slots = n;
        flip.state = state;
        flip.text = std::to_string(n) + " more covered " + (n == 1 ? "slot" : "slots") +
                    " in the window, " + (state == SlotState::ok ? "ok" : "in breach");
        break;
      }
    }
  }

  TimePoint end_after(int slots) const {
    return slot_start(*standing_.ledger.last() + 1 + slots, standing_.length);
  }

  void time() {
    for (const SlotState state : {SlotState::ok, SlotState::breach}) {
      const auto found = slots_until(standing_.ledger, standing_.standing, shares_, state, wanted_);
      if (!found) continue;
      Flip& flip = add(FlipKind::time, found->to);
      flip.slots = found->slots;
      flip.state = state;
      flip.text = format_duration(standing_.length * found->slots) + " more " +
                  (state == SlotState::ok ? "of ok" : "of breach");
      if (!standing_.ledger.last()) continue;
      flip.at = end_after(found->slots);
      flip.text += ", until " + format_time(*flip.at);
    }
  }

  // What comes by itself: the newest slot again and again, ages and known leavers as they will be.
  void course() {
    if (trial_.slots().empty() || !trial_.slots().back().repeatable) return;
    // Windowed values go on changing while every slot stays the same.
    if (!trigger_.when.windows().empty() ||
        (trigger_.provided && !trigger_.provided->windows().empty()))
      return;
    const SlotState now = trial_.slots().back().judged;
    const auto state_at = [&](std::int64_t slots) {
      return trial_.state_ahead(standing_.length * slots);
    };
    // The first slot from here that is in another state.
    const std::int64_t most = kHorizon / standing_.length;
    std::int64_t same = 0, other = 0;
    for (std::int64_t step = 1; other == 0 && same < most; step *= 2) {
      const std::int64_t next = std::min(most, same + step);
      if (state_at(next) != now) {
        other = next;
      } else {
        same = next;
      }
    }
    while (other != 0 && other - same > 1) {
      const std::int64_t middle = same + (other - same) / 2;
      (state_at(middle) == now ? same : other) = middle;
    }
    TriggerState future = standing_;
    std::int64_t slots = 0;
    if (const auto soon = slots_until(standing_.ledger, standing_.standing, shares_, now, wanted_);
        soon && (other == 0 || soon->slots < other)) {
      slots = soon->slots;
      future.standing = soon->to;
    } else if (other != 0) {
      const std::int64_t last = *standing_.ledger.last();
      for (std::int64_t i = std::max<std::int64_t>(1, other - standing_.ledger.slots()); i < other;
           ++i) {
        future.ledger.record(last + i, now);
      }
      const auto then =
          slots_until(future.ledger, future.standing, shares_, state_at(other), wanted_);
      if (!then) return;
      slots = other - 1 + then->slots;
      future.standing = then->to;
    }
    if (slots == 0) return;
    Flip& flip = add(FlipKind::course, future.standing);
    flip.slots = static_cast<int>(slots);
    flip.at = end_after(flip.slots);
    flip.text = format_duration(standing_.length * slots) + " of everything as it is now, until " +
                format_time(*flip.at);
  }

  const TrialWindow& trial_;
  const Decision& decision_;
  const Trigger& trigger_;
  const TriggerState& standing_;
  const Shares shares_;
  const std::vector<Verdict> wanted_;
  std::vector<Flip> flips_;
};

}  // namespace

std::vector<Flip> find_flips(const TrialWindow& trial, const Decision& decision,
                             const Trigger& trigger, const TriggerState& standing) {
  return Search(trial, decision, trigger, standing).run();
}

}  // namespace revisitd::rules
