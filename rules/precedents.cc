#include "rules/precedents.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace revisitd::rules {
namespace {

constexpr double kNear = 1;           // a factor of two
constexpr double kOtherWorkload = 1;  // as far as budgets that are twice as large
constexpr double kUnknownBudgets = 0.5;

class Reader {
 public:
  void take(const TrailNote& note) {
    if (note.service.empty()) return;
    if (note.type == "decision.added" || note.type == "decision.edited") {
      decide(note);
    } else if (note.type == "decision.removed") {
      end(note.service, note.at, "no longer watched");
    } else if (note.type == "revisit.opened") {
      tripped_[note.service] = {note.trigger};
    } else if (note.type == "revisit.worsened") {
      tripped_[note.service].push_back(note.trigger);
    } else if (note.type == "revisit.concluded") {
      conclude(note);
    }
  }

  std::vector<Precedent> all() && {
    for (auto& [service, precedent] : open_) done_.push_back(std::move(precedent));
    return std::move(done_);
  }

 private:
  void decide(const TrailNote& note) {
    const auto open = open_.find(note.service);
    if (open != open_.end() && open->second.language != note.language) {
      end(note.service, note.at, "changed to " + note.language);
    }
    Precedent& p = open_[note.service];
    if (p.service.empty()) p.decided = note.date.value_or(note.at);
    p.service = note.service;
    p.team = note.team;
    p.language = note.language;
    p.workload = note.workload;
    p.record = note.record;
    p.envelope = note.envelope;
  }

  void end(const std::string& service, TimePoint at, const std::string& how) {
    const auto open = open_.find(service);
    if (open == open_.end()) return;
    open->second.ended = at;
    open->second.ending = how;
    open->second.flipped_by = tripped_[service];
    done_.push_back(std::move(open->second));
    open_.erase(open);
    tripped_.erase(service);
  }

  void conclude(const TrailNote& note) {
    const auto open = open_.find(note.service);
    if (open == open_.end() || note.outcome != "reaffirmed") return;
    ++open->second.reaffirmed;
    tripped_.erase(note.service);
  }

  std::map<std::string, Precedent> open_;                    // by service
  std::map<std::string, std::vector<std::string>> tripped_;  // triggers of the last revisit
  std::vector<Precedent> done_;
};

}  // namespace

std::optional<double> envelope_distance(const std::map<std::string, Quantity>& a,
                                        const std::map<std::string, Quantity>& b) {
  double sum = 0;
  int shared = 0;
  for (const auto& [signal, one] : a) {
    const auto other = b.find(signal);
    if (other == b.end() || other->second.unit != one.unit) continue;
    if (one.value <= 0 || other->second.value <= 0) continue;
    sum += std::abs(std::log2(one.value / other->second.value));
    ++shared;
  }
  if (shared == 0) return std::nullopt;
  return sum / shared;
}

std::vector<Precedent> precedents(const std::vector<TrailNote>& notes, const Candidate& candidate,
                                  std::size_t most) {
  Reader reader;
  for (const TrailNote& note : notes) reader.take(note);
  std::vector<Precedent> near;
  for (Precedent& p : std::move(reader).all()) {
    if (p.service == candidate.service) continue;
    const auto apart = envelope_distance(p.envelope, candidate.envelope);
    const bool same_work = !candidate.workload.empty() && p.workload == candidate.workload;
    if (!same_work && (!apart || *apart > kNear)) continue;
    p.distance = (same_work ? 0 : kOtherWorkload) + apart.value_or(kUnknownBudgets);
    near.push_back(std::move(p));
  }
  std::sort(near.begin(), near.end(), [](const Precedent& a, const Precedent& b) {
    return std::tie(a.distance, a.service, a.decided) < std::tie(b.distance, b.service, b.decided);
  });
  if (near.size() > most) near.resize(most);
  return near;
}

}  // namespace revisitd::rules
