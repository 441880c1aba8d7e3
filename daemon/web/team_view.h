#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/app_view.h"
#include "rules/engine.h"

// What the fleet and each team run, put together from decisions and roster.
namespace revisitd::daemon::web {

struct LanguageUse {
  std::vector<std::string> services;  // decided for it, sorted
  std::vector<std::string> drifted;   // decided for another one, and this is what runs; sorted
  // The recorded runtime, else those that run -> services; "" = not known. Drifted services are
  // under what runs.
  std::map<std::string, std::vector<std::string>> versions;
};

struct TeamView {
  std::string team;
  std::map<std::string, LanguageUse> languages;
  std::optional<int> members;         // nothing: the roster does not know the team
  std::map<std::string, int> fluent;  // of the languages it runs, where the roster knows the team
  std::map<std::string, std::optional<int>> shipped;  // nothing: git has not been read lately
  // Languages it runs that exactly one person, or nobody, knows cold.
  std::vector<std::string> single_person, nobody;
  // What an alternative of one of its decisions would make of its runtimes.
  struct Change {
    std::string service, from, to;
    std::size_t runtimes_before = 0, runtimes_after = 0;
  };
  std::vector<Change> changes;  // those that would add or drop a runtime
};

// Decisions of one team for the same workload in different languages.
struct Contradiction {
  std::string team, workload;
  std::map<std::string, std::vector<std::string>> services;  // by language
};

struct FleetView {
  std::size_t services = 0;
  std::map<std::string, LanguageUse> languages;
  std::vector<TeamView> teams;  // sorted; decisions without a team are under ""
  std::vector<Contradiction> contradictions;
};
FleetView view_fleet(const rules::Engine& engine, const RuntimeFacts& facts, TimePoint at);

}  // namespace revisitd::daemon::web
