#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::collectors {

// A repository that a test writes, commit by commit, through `git fast-import`.
class GitFixture {
 public:
  explicit GitFixture(bool bare = true);

  struct Commit {
    std::string who = "Ana <ana@a.example>";
    std::int64_t day = 20'000;                 // since the epoch
    std::map<std::string, std::string> files;  // path -> content; "" deletes
    std::string message = "change";
    std::string branch = "main";
    std::string from;    // branch it starts from; "" = the branch itself, where it is
    std::string merge;   // branch that is merged
    bool fresh = false;  // begins the branch anew
  };
  GitFixture& commit(const Commit& commit);
  // Writes what was asked for into the repository.
  void write();

  [[nodiscard]] std::string path() const { return folder_ / "repository"; }
  [[nodiscard]] std::string folder() const { return folder_.path(); }

 private:
  TempFolder folder_;
  std::string stream_;
  std::set<std::string> begun_;    // branches of this stream
  std::set<std::string> written_;  // of the repository
};

}  // namespace revisitd::collectors
