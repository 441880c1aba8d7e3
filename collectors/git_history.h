#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/source_languages.h"
#include "rules/result.h"
#include "rules/time.h"

// The commits of one local clone: who touched which languages, and when.
namespace revisitd::collectors {

using GitId = std::array<std::uint8_t, 20>;

// One commit that was read. Merges are known and touch nothing, as `git log` has it.
struct GitCommit {
  GitId id{};
  std::int32_t day = 0;       // of the committer's time, days since the epoch
  LanguageSet languages = 0;  // of files added or changed against the first parent
  std::vector<std::uint32_t>
      authors;  // the author and co-authors, places in GitHistory::identities
  friend bool operator==(const GitCommit&, const GitCommit&) = default;
};

// What is known of a repository, in memory and, between runs, in a file of the storage directory.
// Identities are those of the commits, so that a new .mailmap needs no new reading; the window's
// commits are all kept, so that a later reading goes as far back as the first that it knows.
struct GitHistory {
  GitId tip{};                          // of HEAD, when it was read
  std::int32_t since = 0;               // day from which on commits are known
  std::vector<std::string> identities;  // "Name <email>"
  std::vector<GitCommit> commits;
  friend bool operator==(const GitHistory&, const GitHistory&) = default;
};

// The file's text: a head with versions and a checksum, then the above. An error for anything else.
std::string write_git_history(const GitHistory& history);
Result<GitHistory> read_git_history(std::string_view text);

// Commits beyond this many are not looked at; the newest count.
inline constexpr std::size_t kMostCommits = 1'000'000;

struct GitReadOptions {
  std::string path;        // of a work tree or a bare repository
  std::int32_t since = 0;  // day; commits before it do not count
  // Read as it goes on: from another thread, too.
  std::atomic<std::uint64_t>* progress = nullptr;  // commits read
  const std::atomic<bool>* stop = nullptr;         // gives up soon once true
};

struct GitReadResult {
  GitHistory history;
  std::size_t fresh = 0;   // commits that had to be read
  bool rewritten = false;  // what was known is not a part of this history: all was read anew
  bool cut = false;        // there were more than kMostCommits
};

// Reads what `known` does not hold yet of what HEAD holds. Blocks: for a thread that may. An error
// names the path.
Result<GitReadResult> read_git(const GitReadOptions& options, GitHistory known);

// The identities after the repository's .mailmap, in the same order.
struct GitIdentity {
  std::string name, email;
};
Result<std::vector<GitIdentity>> resolve_identities(const std::string& path,
                                                    const std::vector<std::string>& identities);

}  // namespace revisitd::collectors
