#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "rules/condition_text.h"
#include "rules/draft_parts.h"

// The machine-readable part of a draft.
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

// A value that records can spell: whole milliseconds, whole MiB or bytes.
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

// As people write it where that reads back as the same value.
std::string spell(const Quantity& q) {
  const std::string shown = format_quantity(q.value, q.unit);
  const auto back = parse_quantity(shown);
  return back && *back == q ? shown : canonical_text(q);
}

std::string share_text(Share share) {
  const std::string shown = format_share(share);
  const auto back = parse_share(shown);
  return back && *back == share ? shown : std::to_string(to_double(share));
}

struct Proposal {
  std::string when;
  std::string note;  // beside it, "" for nothing to say
  std::string favours;
};

std::string with_words(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// A threshold that is crossed today by what the signal usually is, moved beyond it; a decision that
// stays would trip at once otherwise.
std::optional<std::string> moved_threshold(const Trigger& trigger, const Decision& decision,
                                           const Condition::Threshold& t, double now) {
  const bool rising = t.op.starts_with('>');
  if (!rising && !t.op.starts_with('<')) return std::nullopt;
  const bool crossed = rising ? now > t.value.value : now < t.value.value;
  if (!crossed || now <= 0) return std::nullopt;
  const Quantity proposed =
      spelled({two_digits(rising ? now * kHeadroom : now / kHeadroom), t.value.unit});
  if (proposed.value <= 0) return std::nullopt;
  const auto changed = trigger.when.with_threshold(proposed, decision.signals);
  if (!changed) return std::nullopt;
  return changed->text();
}

Proposal propose(const DraftInput& in, const Trigger& trigger, const std::string& language) {
  const Decision& d = in.decision;
  const bool stays = language == d.language;
  Proposal p{trigger.when.text(), "", trigger.favours};
  const auto& thresholds = trigger.when.thresholds();
  const auto now =
      thresholds.empty() ? in.now.signals.end() : in.now.signals.find(thresholds.front().signal);
  if (now != in.now.signals.end()) {
    const Condition::Threshold& t = thresholds.front();
    p.note = format_quantity(now->second.quantity.value, t.value.unit) + " measured";
    const auto moved =
        stays ? moved_threshold(trigger, d, t, now->second.quantity.value) : std::nullopt;
    if (moved) {
      p.note = "was " + spell(t.value) + ", " + p.note;
      p.when = *moved;
    } else if (!stays) {
      p.note += " in " + d.language;
    }
  }
  if (stays) return p;
  // What asked about people who know the old language asks about those who know the new one.
  const std::string asked = with_words(p.when, "\"" + d.language + "\"", "\"" + language + "\"");
  if (asked != p.when) {
    p.when = asked;
    p.favours = d.language;
  } else if (p.favours == language) {
    p.favours.clear();
  }
  return p;
}

void put(YAML::Emitter& out, const char* key, const std::string& value) {
  if (!value.empty()) out << YAML::Key << key << YAML::Value << value;
}

void put_quantities(YAML::Emitter& out, const char* key,
                    const std::map<std::string, Quantity>& quantities) {
  if (quantities.empty()) return;
  out << YAML::Key << key << YAML::Value << YAML::BeginMap;
  for (const auto& [signal, quantity] : quantities) put(out, signal.c_str(), spell(quantity));
  out << YAML::EndMap;
}

void put_signal(YAML::Emitter& out, const SignalSpec& spec) {
  out << YAML::Key << spec.name << YAML::Value << YAML::Flow << YAML::BeginMap;
  if (spec.reduction == Reduction::query) {
    put(out, "from", spec.from);
    put(out, "query", spec.query);
  } else if (spec.reduction == Reduction::quantile) {
    out << YAML::Key << "quantile" << YAML::Value << spec.quantile;
    put(out, "series", spec.series);
  } else {
    put(out, std::string(reduction_name(spec.reduction)).c_str(), spec.series);
    if (spec.reduction == Reduction::info) put(out, "label", spec.label);
  }
  put(out, "per", spec.per);
  if (spec.unit != Unit::number) put(out, "unit", std::string(unit_name(spec.unit)));
  if (spec.allow_partial) out << YAML::Key << "allow_partial" << YAML::Value << true;
  out << YAML::EndMap;
}

void put_signals(YAML::Emitter& out, const DraftInput& in) {
  std::vector<const SignalSpec*> own;
  for (const auto& [name, spec] : in.decision.signals) {
    const auto declared = in.declared.find(name);
    if (declared == in.declared.end() || !(declared->second == spec)) own.push_back(&spec);
  }
  if (own.empty()) return;
  out << YAML::Key << "signals" << YAML::Value << YAML::BeginMap;
  for (const SignalSpec* spec : own) put_signal(out, *spec);
  out << YAML::EndMap;
}

// Today's measurements become what the new decision was taken on.
std::map<std::string, Quantity> measured(const DraftInput& in) {
  std::map<std::string, Quantity> inputs;
  for (const auto& [signal, m] : in.now.signals) {
    const Quantity quantity = spelled(m.quantity);
    if (in.decision.signals.contains(signal) && quantity.value > 0) {
      inputs.emplace(signal, quantity);
    }
  }
  return inputs;
}

void put_trigger(YAML::Emitter& out, const DraftInput& in, const Trigger& trigger,
                 const std::string& language) {
  const Proposal p = propose(in, trigger, language);
  out << YAML::Key << trigger.name << YAML::Value << YAML::BeginMap;
  put(out, "when", p.when);
  if (!p.note.empty()) out << YAML::Comment(p.note);
  if (trigger.provided) put(out, "provided", trigger.provided->text());
  put(out, "window", format_duration(trigger.window));
  put(out, "trip", share_text(trigger.trip));
  put(out, "clear", share_text(trigger.clear));
  put(out, "coverage", share_text(trigger.coverage));
  if (trigger.hard) out << YAML::Key << "hard" << YAML::Value << true;
  put(out, "favours", p.favours);
  if (p.favours != trigger.favours && p.favours.empty()) {
    out << YAML::Comment("TO DECIDE: what it would speak for now");
  }
  put(out, "why", trigger.why);
  out << YAML::EndMap;
}

std::vector<std::string> alternatives_of(const Assessment& a, const std::string& language) {
  std::vector<std::string> others;
  for (const LanguageScore& l : a.languages) {
    if (l.language != language) others.push_back(l.language);
  }
  return others;
}

}  // namespace

std::string draft_block(const DraftInput& in, const std::string& language) {
  const Decision& d = in.decision;
  YAML::Emitter out;
  out.SetMapFormat(YAML::Block);
  out << YAML::BeginMap;
  put(out, "service", d.service);
  put(out, "team", d.team);
  put(out, "language", language);
  out << YAML::Comment("proposed");
  const std::vector<std::string> others = alternatives_of(in.assessment, language);
  if (!others.empty()) {
    out << YAML::Key << "alternatives" << YAML::Value << YAML::Flow << others;
  }
  put(out, "workload", d.workload);
  put_quantities(out, "envelope", d.envelope);
  put_quantities(out, "inputs", measured(in));
  if (d.review_every) {
    put(out, "review_every", format_duration(*d.review_every));
  } else if (d.review_by) {
    put(out, "review_every", "365d");
    out << YAML::Comment("TO DECIDE: the old record named a date");
  }
  if (d.tenure > Duration{}) put(out, "tenure", format_duration(d.tenure));
  if (language == d.language) put(out, "runtime", d.runtime);
  put_signals(out, in);
  if (!d.triggers.empty()) {
    out << YAML::Key << "triggers" << YAML::Value << YAML::BeginMap;
    for (const Trigger& trigger : d.triggers) put_trigger(out, in, trigger, language);
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace revisitd::rules
