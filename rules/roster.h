#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/time.h"

// Who is on which team, which languages they know, and what they have shipped.
namespace revisitd::rules {

// How well a person knows a language; each level includes the ones before it. "Knows cold" is
// fluent, "has shipped to production" is shipped or above.
enum class Fluency { learning, shipped, fluent };

std::optional<Fluency> parse_fluency(std::string_view word);
const char* fluency_name(Fluency level);

struct Member {
  std::string name;                                       // unique within the team
  std::map<std::string, Fluency, std::less<>> languages;  // lower-case language name
  std::optional<TimePoint> since;                         // first day on the team
  std::optional<TimePoint> until;                         // last day on the team, inclusive (UTC)
  std::vector<std::string> emails = {};  // lower case, without repeats; git knows people by them
  std::set<std::string, std::less<>> shipping = {};  // languages git saw them ship in
  friend bool operator==(const Member&, const Member&) = default;
};

struct Team {
  std::string name;
  std::vector<Member> members;
  friend bool operator==(const Team&, const Team&) = default;
};

// One reading of a roster source. Valid from read_at for `validity`; past that every question about
// it is unanswered (blind), as it is for a team the roster does not know.
struct Roster {
  std::map<std::string, Team, std::less<>> teams;
  TimePoint read_at{};
  Duration validity{};
  std::string source;  // for people: the file or URL
  // Whom the source puts on no team: it says what they know, another source where they are.
  std::vector<Member> elsewhere = {};
  // Until when `shipping` may be relied on; nothing where no repository is read.
  std::optional<TimePoint> evidence_until = {};

  // Members on the team at `now`: since <= now, and until not yet over.
  [[nodiscard]] std::optional<int> members(std::string_view team, TimePoint now) const;
  [[nodiscard]] std::optional<int> fluent(std::string_view team, std::string_view language,
                                          TimePoint now) const;
  // Those whose level is shipped or above, and those whom git saw ship in it. Unanswered, too, once
  // the evidence of git is out of date: without it the count would drop for no reason.
  [[nodiscard]] std::optional<int> shipped(std::string_view team, std::string_view language,
                                           TimePoint now) const;
  // Whether shipped() is answered for the teams of the roster.
  [[nodiscard]] bool knows_shipped(TimePoint now) const {
    return !evidence_until || now < *evidence_until;
  }
  [[nodiscard]] bool valid(TimePoint now) const {
    return now >= read_at && now < read_at + validity;
  }
  // How many on the team know a language at any level, by language; empty for an unknown team.
  [[nodiscard]] std::map<std::string, int, std::less<>> known(std::string_view team,
                                                              TimePoint now) const;
  // Persons on any team at `now`, and with those elsewhere. Each counts once, however many teams:
  // who has the same name (whatever its case) or an e-mail address in common is the same person,
  // but two of one name within a team are two.
  [[nodiscard]] int on_teams(TimePoint now) const;
  [[nodiscard]] int people(TimePoint now) const;
  // Persons on a team at `now` whose last day on it is over at `until`.
  [[nodiscard]] int leaving(TimePoint now, TimePoint until) const;
  // Members of all teams at `now`, once for each team, and those elsewhere.
  [[nodiscard]] int memberships(TimePoint now) const;
  friend bool operator==(const Roster&, const Roster&) = default;
};

// A day at whose end people are known to leave a team.
struct Departure {
  TimePoint last_day{};  // midnight UTC it begins with
  int people = 0;        // who leave then
  // When they are gone: what the roster says of this time, it says without them.
  [[nodiscard]] TimePoint gone() const { return last_day + std::chrono::days(1); }
  // Whole days until then, at least 1.
  [[nodiscard]] int days_left(TimePoint now) const;
};
// Of those who are on the team at `now`, soonest first.
std::vector<Departure> departures(const Team& team, TimePoint now);

// Whether the member is on the team at `now`.
bool on_team(const Member& member, TimePoint now);

}  // namespace revisitd::rules
