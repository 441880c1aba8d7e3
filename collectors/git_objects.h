#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collectors/git_history.h"
#include "collectors/git_library.h"

// Objects of a repository, read through libgit2 and looked into as they are: a walk over many
// commits touches each tree twice or more, and needs names and ids of it and nothing else.
namespace revisitd::collectors {

struct GitIdHash {
  std::size_t operator()(const GitId& id) const {
    std::size_t hash;  // an id is a hash already
    __builtin_memcpy(&hash, id.data(), sizeof hash);
    return hash;
  }
};

// A commit as its object says it.
struct GitCommitText {
  GitId tree{};
  std::vector<GitId> parents;
  std::int64_t time = 0;              // the committer's, seconds
  std::vector<std::string_view> who;  // author and co-authors, "Name <email>"
};
// Nothing when it is malformed. The views are of `text`.
std::optional<GitCommitText> parse_git_commit(std::string_view text);

class GitObjects {
 public:
  // Errors name the path. The library stays loaded.
  static Result<std::unique_ptr<GitObjects>> open(const std::string& path);
  ~GitObjects();
  GitObjects(const GitObjects&) = delete;
  GitObjects& operator=(const GitObjects&) = delete;

  // The commit HEAD stands for; nothing in a repository without any.
  [[nodiscard]] Result<std::optional<GitId>> head() const;
  // The commit's text, valid until the next call; nothing when it is not there, as beyond the
  // edge of a shallow clone.
  std::optional<std::string_view> commit(const GitId& id);
  // Languages of files that were added or changed from one tree to the other; `before` may be null,
  // for no tree. Code in directories of others does not count, nor does a file that only moved.
  LanguageSet changed(const GitId* before, const GitId& after);

  [[nodiscard]] git_repository* repository() const { return repository_; }
  [[nodiscard]] const GitLibrary& library() const { return git_; }

 private:
  // Held as long as somebody looks into it, whatever the cache does meanwhile.
  using Tree = std::shared_ptr<git_odb_object>;
  using Trees = std::unordered_map<GitId, Tree, GitIdHash>;

  GitObjects(const GitLibrary& git, git_repository* repository, git_odb* odb)
      : git_(git), repository_(repository), odb_(odb) {}
  git_odb_object* read(const GitId& id);
  // Null when it cannot be read.
  Tree tree(const GitId& id);
  [[nodiscard]] std::string_view text_of(const Tree& tree) const;
  // What stands in one of two trees only, as it is met.
  struct Moves {
    struct Added {
      GitId id;
      LanguageSet language;
    };
    std::vector<Added> added;          // files with a language
    std::vector<GitId> removed;        // files
    std::vector<GitId> removed_trees;  // looked into only where something was added
  };
  LanguageSet compare(std::string_view before, std::string_view after, int depth, Moves& moves);
  void add_files(std::string_view tree, int depth, std::vector<GitId>& files);

  const GitLibrary& git_;
  git_repository* repository_;
  git_odb* odb_;
  git_odb_object* commit_ = nullptr;
  // Two generations: when the young one is full, the old one goes.
  Trees young_, old_;
  std::size_t young_bytes_ = 0;
};

}  // namespace revisitd::collectors
