#include <yaml-cpp/yaml.h>

#include "rules/condition_text.h"
#include "rules/draft_parts.h"
#include "rules/draft_trigger.h"

// The machine-readable part of a draft.
namespace revisitd::rules {
namespace {

std::string share_text(Share share) {
  const std::string shown = format_share(share);
  const auto back = parse_share(shown);
  return back && *back == share ? shown : std::to_string(to_double(share));
}

void put(YAML::Emitter& out, const char* key, const std::string& value) {
  if (!value.empty()) out << YAML::Key << key << YAML::Value << value;
}

void put_quantities(YAML::Emitter& out, const char* key,
                    const std::map<std::string, Quantity>& quantities) {
  if (quantities.empty()) return;
  out << YAML::Key << key << YAML::Value << YAML::BeginMap;
  for (const auto& [signal, quantity] : quantities)
    put(out, signal.c_str(), spelled_text(quantity));
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
  const TriggerProposal p = propose_trigger(in, trigger, language);
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
