#include "rules/revisit.h"

#include <algorithm>
#include <array>

namespace revisitd::rules {
namespace {

template <class Enum, std::size_t N>
std::optional<Enum> find_named(const std::array<Enum, N>& all, std::string_view name,
                               std::string_view (*name_of)(Enum)) {
  for (const Enum e : all) {
    if (name_of(e) == name) return e;
  }
  return std::nullopt;
}

}  // namespace

std::string_view revisit_state_name(RevisitState state) {
  switch (state) {
    case RevisitState::open:
      return "open";
    case RevisitState::acknowledged:
      return "acknowledged";
    case RevisitState::snoozed:
      return "snoozed";
    case RevisitState::subsided:
      return "subsided";
    case RevisitState::concluded:
      return "concluded";
    case RevisitState::withdrawn:
      return "withdrawn";
  }
  return "";
}

std::optional<RevisitState> parse_revisit_state(std::string_view name) {
  constexpr std::array kAll = {RevisitState::open,      RevisitState::acknowledged,
                               RevisitState::snoozed,   RevisitState::subsided,
                               RevisitState::concluded, RevisitState::withdrawn};
  return find_named(kAll, name, revisit_state_name);
}

bool is_final(RevisitState state) {
  return state == RevisitState::concluded || state == RevisitState::withdrawn;
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::reaffirmed:
      return "reaffirmed";
    case Outcome::changed:
      return "changed";
    case Outcome::amended:
      return "amended";
  }
  return "";
}

std::optional<Outcome> parse_outcome(std::string_view name) {
  constexpr std::array kAll = {Outcome::reaffirmed, Outcome::changed, Outcome::amended};
  return find_named(kAll, name, outcome_name);
}

std::vector<std::string> labels(const TriggerEvidence& evidence) {
  std::vector<std::string> words;
  if (evidence.release) words.emplace_back("began with a release");
  if (evidence.load && evidence.load->grew()) words.emplace_back("workload grew");
  return words;
}

std::vector<std::string> labels(const Revisit& revisit) {
  std::vector<std::string> all;
  for (const TriggerEvidence& e : revisit.triggers) {
    for (std::string& word : labels(e)) {
      if (std::find(all.begin(), all.end(), word) == all.end()) all.push_back(std::move(word));
    }
  }
  return all;
}

std::string summary(const Revisit& revisit) {
  std::string text = revisit.service + ": ";
  bool first = true;
  for (const TriggerEvidence& e : revisit.triggers) {
    if (!first) text += "; ";
    first = false;
    text += e.name + " " + std::string(verdict_name(e.verdict));
    // The numbers are those of its trip.
    if (e.verdict != Verdict::tripped) {
      text += e.verdict == Verdict::clear ? " again" : " now";
      continue;
    }
    if (const auto share = e.counts.share()) {
      text += ", breach in " + format_share(*share) + " of " + format_duration(e.window);
    }
  }
  if (!revisit.favours.empty()) text += ", favours " + revisit.favours;
  return text;
}

}  // namespace revisitd::rules
