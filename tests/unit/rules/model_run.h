#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rules/engine.h"
#include "tests/unit/rules/random_history.h"

namespace revisitd::reference {

inline constexpr TimePoint kStart = from_millis(1'777'000'020'000);  // a whole minute, in 2026

// Leads the engine and the model through one history, and compares after every step what they said
// and how they stand.
class ModelRun {
 public:
  explicit ModelRun(std::vector<Record> records);

  // Each: what they disagree about.
  std::optional<std::string> begin();
  std::optional<std::string> take(const Step& step);

  // What has happened so far, "revisit.opened", …
  [[nodiscard]] const std::set<std::string>& met() const { return met_; }

 private:
  std::optional<std::string> slots(const Step& step);
  std::optional<std::string> end_slot(Duration length, const std::string& letters);
  std::optional<std::string> tick();
  std::optional<std::string> decide();
  std::optional<std::string> act(const Step& step);
  std::optional<std::string> compare(const rules::StepResult& engine, const std::string& model);
  void restart();
  [[nodiscard]] bool caught_up() const;
  void read_roster(int fluent);
  bool edit(const Step& step);

  std::vector<Record> records_;
  std::vector<bool> gone_;
  rules::Engine engine_;
  Model model_;
  rules::SlotHistory store_;
  TimePoint now_ = kStart;
  std::map<Duration, std::int64_t> newest_;  // slot ever judged
  bool short_slots_ = true;
  std::set<std::string> met_;
};

}  // namespace revisitd::reference
