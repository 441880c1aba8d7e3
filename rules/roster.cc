#include "rules/roster.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <unordered_map>

#include "rules/roster_merge.h"

namespace revisitd::rules {
namespace {

constexpr std::array<Fluency, 3> kLevels = {Fluency::learning, Fluency::shipped, Fluency::fluent};

auto day_of(TimePoint time) { return std::chrono::floor<std::chrono::days>(time); }

int count_on_team(const Team& team, TimePoint now) {
  return static_cast<int>(std::count_if(team.members.begin(), team.members.end(),
                                        [&](const Member& m) { return on_team(m, now); }));
}

bool knows(const Member& member, std::string_view language, Fluency level) {
  const auto known = member.languages.find(language);
  return known != member.languages.end() && known->second >= level;
}

// Persons by what tells them apart: sets of names and addresses that belong together.
class Persons {
 public:
  // Those of the team for whom it holds.
  void add(const Team& team, auto holds) {
    std::unordered_map<std::string, int> of_name;
    for (const Member& member : team.members) {
      if (!holds(member)) continue;
      const int nth = of_name[lower_case(member.name)]++;
      add(member, nth == 0 ? "" : std::to_string(nth));
    }
  }
  void add(const Member& member, const std::string& nth = "") {
    const std::size_t person = find(lower_case(member.name) + '\n' + nth);
    for (const std::string& email : member.emails) parents_[find('@' + email)] = root(person);
  }
  [[nodiscard]] int count() const {
    int roots = 0;
    for (std::size_t i = 0; i < parents_.size(); ++i) roots += parents_[i] == i;
    return roots;
  }

 private:
  std::size_t find(const std::string& key) {
    const auto [known, added] = indices_.try_emplace(key, parents_.size());
    if (added) parents_.push_back(known->second);
    return root(known->second);
  }
  std::size_t root(std::size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }

  std::unordered_map<std::string, std::size_t> indices_;
  std::vector<std::size_t> parents_;
};

}  // namespace

bool on_team(const Member& member, TimePoint now) {
  const auto today = day_of(now);
  const bool joined = !member.since || day_of(*member.since) <= today;
  const bool left = member.until && day_of(*member.until) < today;
  return joined && !left;
}

std::optional<Fluency> parse_fluency(std::string_view word) {
  const auto level = std::find_if(kLevels.begin(), kLevels.end(),
                                  [&](Fluency l) { return fluency_name(l) == word; });
  if (level == kLevels.end()) return std::nullopt;
  return *level;
}

const char* fluency_name(Fluency level) {
  switch (level) {
    case Fluency::learning:
      return "learning";
    case Fluency::shipped:
      return "shipped";
    case Fluency::fluent:
      return "fluent";
  }
  return "";
}

std::optional<int> Roster::members(std::string_view team, TimePoint now) const {
  const auto found = teams.find(team);
  if (found == teams.end()) return std::nullopt;
  return count_on_team(found->second, now);
}

std::optional<int> Roster::fluent(std::string_view team, std::string_view language,
                                  TimePoint now) const {
  const auto found = teams.find(team);
  if (found == teams.end()) return std::nullopt;
  const std::vector<Member>& all = found->second.members;
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const Member& m) {
    return on_team(m, now) && knows(m, language, Fluency::fluent);
  }));
}

std::optional<int> Roster::shipped(std::string_view team, std::string_view language,
                                   TimePoint now) const {
  const auto found = teams.find(team);
  if (found == teams.end()) return std::nullopt;
  if (!knows_shipped(now)) return std::nullopt;
  const std::vector<Member>& all = found->second.members;
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const Member& m) {
    return on_team(m, now) &&
           (knows(m, language, Fluency::shipped) || m.shipping.contains(language));
  }));
}

std::map<std::string, int, std::less<>> Roster::known(std::string_view team, TimePoint now) const {
  std::map<std::string, int, std::less<>> counts;
  const auto found = teams.find(team);
  if (found == teams.end()) return counts;
  for (const Member& member : found->second.members) {
    if (!on_team(member, now)) continue;
    for (const auto& [language, level] : member.languages) ++counts[language];
    for (const std::string& language : member.shipping) {
      if (!member.languages.contains(language)) ++counts[language];
    }
  }
  return counts;
}

int Roster::on_teams(TimePoint now) const {
  Persons persons;
  for (const auto& [name, team] : teams)
    persons.add(team, [now](const Member& m) { return on_team(m, now); });
  return persons.count();
}

int Roster::people(TimePoint now) const {
  Persons persons;
  for (const auto& [name, team] : teams)
    persons.add(team, [now](const Member& m) { return on_team(m, now); });
  for (const Member& member : elsewhere) persons.add(member);
  return persons.count();
}

int Roster::leaving(TimePoint now, TimePoint until) const {
  Persons persons;
  for (const auto& [name, team] : teams) {
    persons.add(team, [&](const Member& m) {
      return on_team(m, now) && m.until && day_of(*m.until) + std::chrono::days(1) <= until;
    });
  }
  return persons.count();
}

int Roster::memberships(TimePoint now) const {
  int total = static_cast<int>(elsewhere.size());
  for (const auto& [name, team] : teams) total += count_on_team(team, now);
  return total;
}

int Departure::days_left(TimePoint now) const {
  const auto left = std::chrono::ceil<std::chrono::days>(gone() - now);
  return std::max(static_cast<int>(left.count()), 1);
}

std::vector<Departure> departures(const Team& team, TimePoint now) {
  std::map<TimePoint, int> by_day;
  for (const Member& member : team.members) {
    if (member.until && on_team(member, now)) ++by_day[day_of(*member.until)];
  }
  std::vector<Departure> all;
  for (const auto& [day, people] : by_day) all.push_back({day, people});
  return all;
}

}  // namespace revisitd::rules
