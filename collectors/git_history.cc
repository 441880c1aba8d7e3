#include "collectors/git_history.h"

#include <algorithm>
#include <queue>
#include <unordered_map>
#include <unordered_set>

#include "collectors/git_objects.h"
#include "rules/diagnostic.h"

namespace revisitd::collectors {
namespace {

constexpr std::int64_t kDay = 86'400;
// Clocks of committers differ: only so many commits in a row that are too old end the walk.
constexpr int kOldInARow = 256;

struct Pending {
  std::int64_t time = 0;
  GitId id{}, tree{};
  std::vector<GitId> parents;
  std::vector<std::uint32_t> authors;
};

struct Older {
  bool operator()(const Pending& a, const Pending& b) const { return a.time < b.time; }
};

std::int32_t day_of(std::int64_t time) {
  return static_cast<std::int32_t>(time >= 0 ? time / kDay : (time - kDay + 1) / kDay);
}

// A walk from HEAD, newest first, that stops at what is known and at what is too old.
class Walk {
 public:
  Walk(GitObjects& objects, const GitReadOptions& options, const GitHistory& known)
      : objects_(objects), options_(options), tip_(known.tip), identities_(known.identities) {
    for (const GitCommit& commit : known.commits) known_.insert(commit.id);
    for (std::size_t i = 0; i < identities_.size(); ++i)
      places_.emplace(identities_[i], static_cast<std::uint32_t>(i));
  }

  // False when it was stopped.
  bool run(const GitId& head) {
    if (!meet(head)) return true;
    int old = 0;
    while (!pending_.empty() && old < kOldInARow) {
      if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) return false;
      Pending commit = pending_.top();
      pending_.pop();
      const bool counts = day_of(commit.time) >= options_.since;
      old = counts ? 0 : old + 1;
      for (const GitId& parent : commit.parents) meet(parent);
      if (!counts) continue;
      if (commits_.size() >= kMostCommits) {
        cut_ = true;
        return true;
      }
      take(std::move(commit));
    }
    return true;
  }

  [[nodiscard]] bool met_tip() const { return met_tip_; }
  [[nodiscard]] bool cut() const { return cut_; }
  std::vector<GitCommit> take_commits() { return std::move(commits_); }
  std::vector<std::string> take_identities() { return std::move(identities_); }

 private:
  // Puts a commit that is news into the queue; false when it is not.
  bool meet(const GitId& id) {
    if (id == tip_) met_tip_ = true;
    if (known_.contains(id) || !trees_.try_emplace(id, GitId{}).second) return false;
    const auto text = objects_.commit(id);
    const auto parsed = text ? parse_git_commit(*text) : std::nullopt;
    if (!parsed) {
      trees_.erase(id);
      return false;
    }
    trees_[id] = parsed->tree;
    Pending commit{parsed->time, id, parsed->tree, parsed->parents, {}};
    for (const std::string_view who : parsed->who) commit.authors.push_back(place_of(who));
    pending_.push(std::move(commit));
    return true;
  }

  std::uint32_t place_of(std::string_view who) {
    const auto [place, fresh] =
        places_.try_emplace(printable(who), static_cast<std::uint32_t>(identities_.size()));
    if (fresh) identities_.push_back(place->first);
    return place->second;
  }

  void take(Pending commit) {
    GitCommit done{commit.id, day_of(commit.time), 0, std::move(commit.authors)};
    if (commit.parents.empty()) {
      done.languages = objects_.changed(nullptr, commit.tree);
    } else if (commit.parents.size() == 1) {
      if (const auto before = tree_of(commit.parents.front()))
        done.languages = objects_.changed(&*before, commit.tree);
    }
    commits_.push_back(std::move(done));
    if (options_.progress != nullptr) options_.progress->fetch_add(1, std::memory_order_relaxed);
  }

  std::optional<GitId> tree_of(const GitId& id) {
    if (const auto found = trees_.find(id); found != trees_.end()) return found->second;
    const auto text = objects_.commit(id);
    const auto parsed = text ? parse_git_commit(*text) : std::nullopt;
    if (!parsed) return std::nullopt;
    return parsed->tree;
  }

  GitObjects& objects_;
  const GitReadOptions& options_;
  GitId tip_;
  bool met_tip_ = false, cut_ = false;
  std::unordered_set<GitId, GitIdHash> known_;
  std::unordered_map<GitId, GitId, GitIdHash> trees_;  // of commits that were met
  std::priority_queue<Pending, std::vector<Pending>, Older> pending_;
  std::vector<GitCommit> commits_;
  std::vector<std::string> identities_;
  std::unordered_map<std::string, std::uint32_t> places_;
};

// Identities that no commit names any more go with their commits.
void compact(GitHistory& history) {
  std::vector<std::uint32_t> place(history.identities.size(), UINT32_MAX);
  std::vector<std::string> kept;
  for (GitCommit& commit : history.commits) {
    for (std::uint32_t& author : commit.authors) {
      if (place[author] == UINT32_MAX) {
        place[author] = static_cast<std::uint32_t>(kept.size());
        kept.push_back(std::move(history.identities[author]));
      }
      author = place[author];
    }
  }
  history.identities = std::move(kept);
}

}  // namespace

Result<GitReadResult> read_git(const GitReadOptions& options, GitHistory known) {
  auto opened = GitObjects::open(options.path);
  if (!opened) return opened.error();
  GitObjects& objects = **opened;
  const auto head = objects.head();
  if (!head) return Error{options.path + ": " + head.error().message};
  GitReadResult result;
  if (known.since > options.since) known = {};  // the window reaches further back than before
  std::erase_if(known.commits, [&](const GitCommit& c) { return c.day < options.since; });
  if (!*head) {
    result.rewritten = !known.commits.empty();
    result.history.since = options.since;
    return result;
  }
  for (;;) {
    Walk walk(objects, options, known);
    if (!walk.run(**head)) return Error{options.path + ": stopped"};
    if (!known.commits.empty() && !walk.met_tip()) {
      result.rewritten = true;
      known = {};
      continue;
    }
    result.cut = walk.cut();
    std::vector<GitCommit> fresh = walk.take_commits();
    result.fresh = fresh.size();
    result.history.commits = std::move(fresh);
    result.history.commits.insert(result.history.commits.end(),
                                  std::make_move_iterator(known.commits.begin()),
                                  std::make_move_iterator(known.commits.end()));
    result.history.identities = walk.take_identities();
    break;
  }
  if (result.history.commits.size() > kMostCommits) {
    result.history.commits.resize(kMostCommits);
    result.cut = true;
  }
  result.history.tip = **head;
  result.history.since = options.since;
  compact(result.history);
  return result;
}

Result<std::vector<GitIdentity>> resolve_identities(const std::string& path,
                                                    const std::vector<std::string>& identities) {
  auto opened = GitObjects::open(path);
  if (!opened) return opened.error();
  const GitLibrary& git = (*opened)->library();
  git_mailmap* mailmap = nullptr;
  // A .mailmap that cannot be read leaves everybody as they are.
  if (git.mailmap_from_repository(&mailmap, (*opened)->repository()) < 0) mailmap = nullptr;
  std::vector<GitIdentity> resolved;
  for (const std::string& who : identities) {
    const std::size_t open = who.rfind('<');
    std::string name = who.substr(0, open);
    while (!name.empty() && name.back() == ' ') name.pop_back();
    std::string email = open == std::string::npos ? "" : who.substr(open + 1);
    if (!email.empty() && email.back() == '>') email.pop_back();
    const char *real_name = nullptr, *real_email = nullptr;
    if (mailmap != nullptr &&
        git.mailmap_resolve(&real_name, &real_email, mailmap, name.c_str(), email.c_str()) == 0) {
      resolved.push_back({printable(real_name), printable(real_email)});
    } else {
      resolved.push_back({std::move(name), std::move(email)});
    }
  }
  if (mailmap != nullptr) git.mailmap_free(mailmap);
  return resolved;
}

}  // namespace revisitd::collectors
