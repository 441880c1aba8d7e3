#include "tests/unit/collectors/git_fixture.h"

#include <cstdio>
#include <stdexcept>

namespace revisitd::collectors {
namespace {

std::string data(const std::string& text) {
  return "data " + std::to_string(text.size()) + "\n" + text + "\n";
}

void run(const std::string& command, const std::string& input = "") {
  // Neither the user's settings nor the repository the tests stand in are any of our business.
  const std::string clean = "GIT_CONFIG_NOSYSTEM=1 HOME=/nonexistent " + command;
  std::FILE* pipe = ::popen(clean.c_str(), "w");
  if (pipe == nullptr) throw std::runtime_error(command);
  std::fwrite(input.data(), 1, input.size(), pipe);
  if (::pclose(pipe) != 0) throw std::runtime_error(command);
}

}  // namespace

GitFixture::GitFixture(bool bare) {
  run("git init -q -b main " + std::string(bare ? "--bare " : "") + path());
}

GitFixture& GitFixture::commit(const Commit& commit) {
  const std::string when = std::to_string(commit.day * 86'400 + 3'600) + " +0200\n";
  stream_ += "commit refs/heads/" + commit.branch + "\n";
  stream_ += "author " + commit.who + " " + when;
  stream_ += "committer Merge Queue <queue@a.example> " + when;
  stream_ += data(commit.message);
  if (!commit.from.empty()) {
    stream_ += "from refs/heads/" + commit.from + "\n";
  } else if (!commit.fresh && !begun_.contains(commit.branch) && written_.contains(commit.branch)) {
    stream_ += "from refs/heads/" + commit.branch + "^0\n";
  }
  if (commit.fresh) stream_ += "deleteall\n";
  if (!commit.merge.empty()) stream_ += "merge refs/heads/" + commit.merge + "\n";
  for (const auto& [path, content] : commit.files) {
    stream_ +=
        content.empty() ? "D " + path + "\n" : "M 100644 inline " + path + "\n" + data(content);
  }
  stream_ += "\n";
  begun_.insert(commit.branch);
  return *this;
}

void GitFixture::write() {
  std::string stream;
  std::swap(stream, stream_);
  written_.merge(begun_);
  begun_.clear();
  run("git -C " + path() + " fast-import --quiet --force", stream);
}

}  // namespace revisitd::collectors
