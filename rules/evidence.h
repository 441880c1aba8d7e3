#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/roster.h"

// What git repositories say of who ships in which language: evidence beside the roster. Pure; who
// reads the repositories is collectors/git_history.
namespace revisitd::rules {

// Commits of one author that touched one language.
struct Shipped {
  int commits = 0;
  TimePoint last{};  // day of the newest
  friend bool operator==(const Shipped&, const Shipped&) = default;
};

// One author after the repository's .mailmap.
struct GitAuthor {
  std::string name;
  std::string email;  // lower case
  int commits = 0;    // of any language
  std::map<std::string, Shipped, std::less<>> languages;
};

// One repository, over the window that ends when it was read.
struct GitRepository {
  std::string path;
  std::string service;  // whose code it holds
  std::string team;     // who owns that, "" if not known
  TimePoint read_at{};
  int commits = 0;
  std::vector<GitAuthor> authors;  // without bots
};

struct EvidenceOptions {
  Duration window = std::chrono::days(365);
  Duration validity = std::chrono::days(7);  // of a reading of a repository
  int min_commits = 10;                      // over all repositories, for a person to have shipped
  friend bool operator==(const EvidenceOptions&, const EvidenceOptions&) = default;
};

// Programs that commit: dependabot[bot], renovate, github-actions, …
bool is_bot(std::string_view name, std::string_view email);
// Whether the author is that person: by an e-mail address of the roster, by GitHub's
// ID+LOGIN@users.noreply.github.com, or by the name.
bool is_author(const Member& member, const GitAuthor& author);

// The roster with what git saw each member ship in. A person has shipped in a language by git when
// at least `min_commits` commits of the window touched it. The evidence holds until the oldest
// reading is out of date.
Roster with_evidence(Roster roster, const std::vector<GitRepository>& repositories,
                     const EvidenceOptions& options);
// The same while not all repositories have been read since the start: what an earlier roster had of
// evidence, and for as long. Without one, whether somebody has shipped is not known yet.
Roster with_evidence_of(Roster roster, const Roster* before);

// Where roster and git say different things of one person and one language.
struct Disagreement {
  enum class Kind {
    roster_alone,  // the roster says shipped or fluent, and not one commit of the window is in it
    git_alone,     // git saw them ship, and the roster says learning or nothing
  };
  Kind kind{};
  std::string team, language;
  std::string person;  // not for everybody
  Fluency level{};     // roster_alone: what the roster says
};
// Of members on the team at `now`. A person who committed nothing anywhere and whom no repository
// of the team could have seen is not judged: git knows nothing of them. By team, language, kind.
std::vector<Disagreement> disagreements(const Roster& roster,
                                        const std::vector<GitRepository>& repositories,
                                        const EvidenceOptions& options, TimePoint now);

// The fewest authors who between them made more than half of the repositories' commits; 0 without
// any. An author of several repositories is one person.
int truck_factor(const std::vector<const GitRepository*>& repositories);

// What git saw of each member of the team, in their order: evidence, not a ranking.
std::vector<std::map<std::string, Shipped, std::less<>>> shipped_by_member(
    const Team& team, const std::vector<GitRepository>& repositories);

// When anybody on the team last shipped in each language.
std::map<std::string, TimePoint, std::less<>> last_shipped(
    const Team& team, const std::vector<GitRepository>& repositories, TimePoint now);

}  // namespace revisitd::rules
