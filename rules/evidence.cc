#include "rules/evidence.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "rules/roster_merge.h"

namespace revisitd::rules {
namespace {

constexpr std::array<std::string_view, 12> kBots = {
    "dependabot",           "dependabot-preview", "renovate",    "renovate-bot",
    "github-actions",       "gitlab-bot",         "greenkeeper", "jenkins",
    "semantic-release-bot", "pyup-bot",           "snyk-bot",    "weblate",
};
constexpr std::string_view kNoReply = "@users.noreply.github.com";

// "ana" of "12345+ana@users.noreply.github.com", "" of any other address.
std::string_view login_of(std::string_view email) {
  if (!email.ends_with(kNoReply)) return {};
  email.remove_suffix(kNoReply.size());
  return email.substr(email.find('+') + 1);
}

using Languages = std::map<std::string, Shipped, std::less<>>;

void add(Languages& all, const Languages& more) {
  for (const auto& [language, shipped] : more) {
    Shipped& sum = all[language];
    sum.commits += shipped.commits;
    sum.last = std::max(sum.last, shipped.last);
  }
}

// What git saw of one member, over all repositories.
struct Seen {
  int commits = 0;
  Languages languages;
};

// Authors by everything they may be known by, so that each member finds theirs without a search
// over all of them.
class Authors {
 public:
  explicit Authors(const std::vector<GitRepository>& repositories) {
    for (const GitRepository& repository : repositories) {
      for (const GitAuthor& author : repository.authors) {
        by_key_[author.email].push_back(&author);
        by_key_[lower_case(author.name)].push_back(&author);
        if (const auto login = login_of(author.email); !login.empty())
          by_key_[std::string(login)].push_back(&author);
      }
    }
  }

  [[nodiscard]] Seen of(const Member& member) const {
    std::set<const GitAuthor*> own;
    const auto take = [&](const std::string& key) {
      const auto found = by_key_.find(key);
      if (found == by_key_.end()) return;
      for (const GitAuthor* author : found->second) {
        if (is_author(member, *author)) own.insert(author);
      }
    };
    for (const std::string& email : member.emails) take(email);
    take(lower_case(member.name));
    Seen seen;
    for (const GitAuthor* author : own) {
      seen.commits += author->commits;
      add(seen.languages, author->languages);
    }
    return seen;
  }

 private:
  std::map<std::string, std::vector<const GitAuthor*>> by_key_;
};

}  // namespace

bool is_bot(std::string_view name, std::string_view email) {
  const std::string who = lower_case(name);
  if (who.ends_with("[bot]") || email.find("[bot]@") != std::string_view::npos) return true;
  return std::find(kBots.begin(), kBots.end(), who) != kBots.end();
}

bool is_author(const Member& member, const GitAuthor& author) {
  if (std::find(member.emails.begin(), member.emails.end(), author.email) != member.emails.end())
    return true;
  const std::string name = lower_case(member.name);
  return name == lower_case(author.name) || (!name.empty() && name == login_of(author.email));
}

Roster with_evidence(Roster roster, const std::vector<GitRepository>& repositories,
                     const EvidenceOptions& options) {
  const Authors authors(repositories);
  for (auto& [name, team] : roster.teams) {
    for (Member& member : team.members) {
      member.shipping.clear();
      for (const auto& [language, shipped] : authors.of(member).languages) {
        if (shipped.commits >= options.min_commits) member.shipping.insert(language);
      }
    }
  }
  roster.evidence_until.reset();
  if (repositories.empty()) return roster;
  TimePoint oldest = repositories.front().read_at;
  for (const GitRepository& repository : repositories)
    oldest = std::min(oldest, repository.read_at);
  roster.evidence_until = oldest + options.validity;
  return roster;
}

Roster with_evidence_of(Roster roster, const Roster* before) {
  roster.evidence_until =
      before == nullptr ? TimePoint{} : before->evidence_until.value_or(TimePoint{});
  if (before == nullptr) return roster;
  for (auto& [name, team] : roster.teams) {
    const auto known = before->teams.find(name);
    if (known == before->teams.end()) continue;
    for (Member& member : team.members) {
      for (const Member& was : known->second.members) {
        if (was.name == member.name) member.shipping = was.shipping;
      }
    }
  }
  return roster;
}

std::vector<Disagreement> disagreements(const Roster& roster,
                                        const std::vector<GitRepository>& repositories,
                                        const EvidenceOptions& options, TimePoint now) {
  const Authors authors(repositories);
  std::vector<Disagreement> all;
  for (const auto& [name, team] : roster.teams) {
    const bool watched = std::any_of(repositories.begin(), repositories.end(),
                                     [&](const GitRepository& r) { return r.team == name; });
    for (const Member& member : team.members) {
      if (!on_team(member, now)) continue;
      const Seen seen = authors.of(member);
      if (!watched && seen.commits == 0) continue;
      for (const auto& [language, level] : member.languages) {
        if (level >= Fluency::shipped && !seen.languages.contains(language))
          all.push_back({Disagreement::Kind::roster_alone, name, language, member.name, level});
      }
      for (const auto& [language, shipped] : seen.languages) {
        const auto known = member.languages.find(language);
        const bool said = known != member.languages.end() && known->second >= Fluency::shipped;
        if (shipped.commits >= options.min_commits && !said)
          all.push_back({Disagreement::Kind::git_alone, name, language, member.name, {}});
      }
    }
  }
  std::sort(all.begin(), all.end(), [](const Disagreement& a, const Disagreement& b) {
    return std::tie(a.team, a.language, a.kind, a.person) <
           std::tie(b.team, b.language, b.kind, b.person);
  });
  return all;
}

int truck_factor(const std::vector<const GitRepository*>& repositories) {
  std::map<std::string, long> by_author;
  long total = 0;
  for (const GitRepository* repository : repositories) {
    for (const GitAuthor& author : repository->authors) {
      by_author[author.email.empty() ? author.name : author.email] += author.commits;
      total += author.commits;
    }
  }
  std::vector<long> counts;
  for (const auto& [author, commits] : by_author) counts.push_back(commits);
  std::sort(counts.rbegin(), counts.rend());
  long sum = 0;
  int people = 0;
  for (const long count : counts) {
    if (2 * sum > total) break;
    sum += count;
    ++people;
  }
  return total == 0 ? 0 : people;
}

std::vector<std::map<std::string, Shipped, std::less<>>> shipped_by_member(
    const Team& team, const std::vector<GitRepository>& repositories) {
  const Authors authors(repositories);
  std::vector<Languages> all;
  for (const Member& member : team.members) all.push_back(authors.of(member).languages);
  return all;
}

std::map<std::string, TimePoint, std::less<>> last_shipped(
    const Team& team, const std::vector<GitRepository>& repositories, TimePoint now) {
  const Authors authors(repositories);
  std::map<std::string, TimePoint, std::less<>> last;
  for (const Member& member : team.members) {
    if (!on_team(member, now)) continue;
    for (const auto& [language, shipped] : authors.of(member).languages)
      last[language] = std::max(last[language], shipped.last);
  }
  return last;
}

}  // namespace revisitd::rules
