#include "rules/roster_merge.h"

#include <algorithm>

namespace revisitd::rules {
namespace {

bool share_email(const Member& a, const Member& b) {
  return std::any_of(a.emails.begin(), a.emails.end(), [&](const std::string& email) {
    return std::find(b.emails.begin(), b.emails.end(), email) != b.emails.end();
  });
}

bool share_name(const Member& a, const Member& b) {
  return lower_case(a.name) == lower_case(b.name);
}

// What `more` says and `member` does not.
void complete(Member& member, const Member& more) {
  for (const auto& [language, level] : more.languages) member.languages.emplace(language, level);
  if (!member.since) member.since = more.since;
  if (!member.until) member.until = more.until;
  for (const std::string& email : more.emails) add_email(member, email);
}

// `known`: how many members other sources have named. Two of one source are two people, whatever
// they are called.
void add_member(Team& team, std::size_t known, const Member& member) {
  for (std::size_t i = 0; i < known; ++i) {
    Member& one = team.members[i];
    if (share_name(one, member) || share_email(one, member)) return complete(one, member);
  }
  team.members.push_back(member);
}

// False when nobody is known to be that person.
bool add_knowledge(Roster& roster, const Member& member,
                   bool (*same)(const Member&, const Member&)) {
  bool found = false;
  for (auto& [name, team] : roster.teams) {
    for (Member& known : team.members) {
      if (!same(known, member)) continue;
      complete(known, member);
      found = true;
    }
  }
  return found;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool is_email(std::string_view text) {
  // Commits that came from Subversion are by `ana@a.example@REPOSITORY`.
  return text.find('@') != std::string_view::npos && !text.starts_with('@') &&
         !text.ends_with('@') && text.find_first_of(" \t\r\n<>,;") == std::string_view::npos;
}

void add_email(Member& member, const std::string& email) {
  if (std::find(member.emails.begin(), member.emails.end(), email) == member.emails.end()) {
    member.emails.push_back(email);
  }
}

Roster merge_rosters(const std::vector<Roster>& rosters) {
  Roster merged;
  std::optional<TimePoint> valid_until;
  for (const Roster& roster : rosters) {
    for (const auto& [name, team] : roster.teams) {
      Team& into = merged.teams[name];
      into.name = name;
      const std::size_t known = into.members.size();
      for (const Member& member : team.members) add_member(into, known, member);
    }
    merged.source += (merged.source.empty() ? "" : ", ") + roster.source;
    // The newest, not the oldest: what changed in one source a moment ago counts from then on,
    // however long another one has not been read.
    merged.read_at = valid_until ? std::max(merged.read_at, roster.read_at) : roster.read_at;
    const TimePoint until = roster.read_at + roster.validity;
    valid_until = valid_until ? std::min(*valid_until, until) : until;
  }
  // A source may come before the one that names the team, so knowledge is added once all are there.
  for (const Roster& roster : rosters) {
    for (const Member& member : roster.elsewhere) {
      if (add_knowledge(merged, member, share_email)) continue;
      if (!add_knowledge(merged, member, share_name)) merged.elsewhere.push_back(member);
    }
  }
  if (valid_until) merged.validity = std::max(*valid_until - merged.read_at, Duration{0});
  return merged;
}

}  // namespace revisitd::rules
