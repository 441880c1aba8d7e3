#include "collectors/git_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/collectors/git_fixture.h"

namespace revisitd::collectors {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::int32_t kDay = 20'000;

std::set<std::string> languages(LanguageSet set) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < language_count(); ++i) {
    if ((set >> i & 1) != 0) names.insert(std::string(language_at(i)));
  }
  return names;
}

GitReadResult read(const std::string& path, GitHistory known = {}, std::int32_t since = 0) {
  GitReadOptions options;
  options.path = path;
  options.since = since;
  auto result = read_git(options, std::move(known));
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

TEST(SourceLanguagesTest, AFileNameSaysItsLanguage) {
  EXPECT_THAT(languages(language_of_file("main.go")), ElementsAre("go"));
  EXPECT_THAT(languages(language_of_file("A.PY")), ElementsAre("python"));
  EXPECT_THAT(languages(language_of_file("x.test.tsx")), ElementsAre("typescript"));
  for (const char* name : {"README.md", "Makefile", ".py", "x.", "a.pb.go", "x_pb2.py", "a.min.js",
                           "x.averylongextension", ""}) {
    EXPECT_EQ(language_of_file(name), 0u) << name;
  }
  EXPECT_TRUE(is_foreign_directory("vendor"));
  EXPECT_FALSE(is_foreign_directory("vendors"));
}

TEST(GitHistoryTest, EachCommitHasItsDayItsAuthorsAndTheLanguagesItTouched) {
  GitFixture git;
  git.commit({.day = kDay, .files = {{"cmd/main.go", "a"}, {"README.md", "r"}}})
      .commit({.who = "Ben <Ben@a.example>",
               .day = kDay + 1,
               .files = {{"x/y/z/tool.py", "a"}, {"x/y/a.js", "b"}},
               .message = "two\n\nCo-authored-by: Cleo <cleo@a.example>\nco-authored-by: broken\n"})
      .commit({.day = kDay + 2, .files = {{"README.md", "rr"}}})
      .commit({.day = kDay + 3, .files = {{"cmd/main.go", ""}, {"vendor/q/q.go", "v"}}})
      .write();
  const GitReadResult result = read(git.path());
  EXPECT_EQ(result.fresh, 4u);
  EXPECT_FALSE(result.rewritten);
  const auto& commits = result.history.commits;
  ASSERT_THAT(commits, SizeIs(4));  // newest first
  EXPECT_EQ(commits[3].day, kDay);
  EXPECT_THAT(languages(commits[3].languages), ElementsAre("go"));
  EXPECT_THAT(languages(commits[2].languages), ElementsAre("javascript", "python"));
  ASSERT_THAT(commits[2].authors, SizeIs(2));
  EXPECT_EQ(result.history.identities[commits[2].authors[0]], "Ben <Ben@a.example>");
  EXPECT_EQ(result.history.identities[commits[2].authors[1]], "Cleo <cleo@a.example>");
  EXPECT_EQ(commits[1].languages, 0u) << "prose";
  EXPECT_EQ(commits[0].languages, 0u) << "what goes, and what others wrote";
}

TEST(GitHistoryTest, AFileThatOnlyMovesIsNotShipped) {
  GitFixture git;
  git.commit({.files = {{"a.go", "a"}, {"old/b.py", "b"}, {"old/x/c.rs", "c"}}})
      .commit({.files = {{"a.go", ""}, {"cmd/a.go", "a"}}})
      .commit({.files = {{"old/b.py", ""}, {"old/x/c.rs", ""}, {"b.py", "b"}, {"new/c.rs", "c"}}})
      .commit(
          {.files = {{"cmd/a.go", ""}, {"main.go", "a and more"}, {"new/c.rs", ""}, {"c.rs", "c"}}})
      .commit({.files = {{"copy.py", "b"}}})
      .write();
  const auto commits = read(git.path()).history.commits;
  ASSERT_THAT(commits, SizeIs(5));
  EXPECT_THAT(languages(commits[3].languages), IsEmpty());
  EXPECT_THAT(languages(commits[2].languages), IsEmpty());
  EXPECT_THAT(languages(commits[1].languages), ElementsAre("go"));
  EXPECT_THAT(languages(commits[0].languages), ElementsAre("python")) << "a copy is something new";
}

TEST(GitHistoryTest, ASecondReadingReadsOnlyWhatIsNew) {
  GitFixture git;
  git.commit({.day = kDay, .files = {{"a.go", "1"}}})
      .commit({.day = kDay + 1, .files = {{"a.go", "2"}}})
      .write();
  GitReadResult first = read(git.path());
  const GitReadResult same = read(git.path(), first.history);
  EXPECT_EQ(same.fresh, 0u);
  EXPECT_EQ(same.history, first.history);
  git.commit({.who = "Ben <ben@a.example>", .day = kDay + 2, .files = {{"b.py", "1"}}}).write();
  const GitReadResult second = read(git.path(), std::move(first.history));
  EXPECT_EQ(second.fresh, 1u);
  EXPECT_FALSE(second.rewritten);
  EXPECT_EQ(second.history, read(git.path()).history) << "as if all had been read at once";
}

TEST(GitHistoryTest, ARewrittenHistoryIsReadAnewAndNothingCountsTwice) {
  GitFixture git;
  git.commit({.day = kDay, .files = {{"a.go", "1"}}})
      .commit({.day = kDay + 1, .files = {{"a.go", "2"}}})
      .write();
  GitReadResult first = read(git.path());
  git.commit({.day = kDay + 1, .files = {{"a.go", "3"}}, .fresh = true}).write();
  const GitReadResult second = read(git.path(), std::move(first.history));
  EXPECT_TRUE(second.rewritten);
  EXPECT_THAT(second.history.commits, SizeIs(1));
}

TEST(GitHistoryTest, MergesTouchNothingAndWhatTheyBringCountsOnce) {
  GitFixture git;
  git.commit({.day = kDay, .files = {{"a.go", "1"}}})
      .commit({.day = kDay + 1, .files = {{"b.py", "1"}}, .branch = "side", .from = "main"})
      .commit({.day = kDay + 2, .files = {{"c.go", "1"}}})
      .commit({.day = kDay + 3, .files = {{"b.py", "1"}}, .merge = "side"})
      .write();
  const GitReadResult result = read(git.path());
  ASSERT_THAT(result.history.commits, SizeIs(4));
  EXPECT_EQ(result.history.commits[0].languages, 0u);
  EXPECT_THAT(languages(result.history.commits[2].languages), ElementsAre("python"));
}

TEST(GitHistoryTest, ABranchThatIsMergedLaterIsNewThoughItIsOld) {
  GitFixture git;
  git.commit({.day = kDay, .files = {{"a.go", "1"}}})
      .commit({.day = kDay + 1, .files = {{"b.py", "1"}}, .branch = "side", .from = "main"})
      .commit({.day = kDay + 2, .files = {{"c.go", "1"}}})
      .write();
  GitReadResult first = read(git.path());
  EXPECT_EQ(first.fresh, 2u);
  git.commit({.day = kDay + 3, .files = {{"b.py", "1"}}, .merge = "side"}).write();
  const GitReadResult second = read(git.path(), std::move(first.history));
  EXPECT_EQ(second.fresh, 2u) << "the merge, and what it brought";
  EXPECT_FALSE(second.rewritten);
}

TEST(GitHistoryTest, TheWindowMovesOnAndReachesNoFurtherBackThanItDid) {
  GitFixture git;
  for (int i = 0; i < 10; ++i)
    git.commit({.day = kDay + i, .files = {{"a.go", std::to_string(i)}}});
  git.write();
  GitReadResult result = read(git.path(), {}, kDay + 4);
  EXPECT_THAT(result.history.commits, SizeIs(6));
  result = read(git.path(), std::move(result.history), kDay + 7);
  EXPECT_THAT(result.history.commits, SizeIs(3));
  EXPECT_EQ(result.fresh, 0u);
  result = read(git.path(), std::move(result.history), kDay);
  EXPECT_THAT(result.history.commits, SizeIs(10)) << "a longer window reads anew";
}

TEST(GitHistoryTest, ACommitterWithAWrongClockHidesNobody) {
  GitFixture git;
  git.commit({.day = kDay, .files = {{"a.go", "1"}}})
      .commit({.day = 10, .files = {{"a.go", "2"}}})
      .commit({.day = kDay + 1, .files = {{"a.go", "3"}}})
      .write();
  EXPECT_THAT(read(git.path(), {}, kDay - 1).history.commits, SizeIs(2));
}

TEST(GitHistoryTest, WorkTreesAreReadAndEmptyOnesHoldNothing) {
  GitFixture tree(false);
  EXPECT_THAT(read(tree.path()).history.commits, SizeIs(0));
  tree.commit({.files = {{"a.rs", "1"}}}).write();
  EXPECT_THAT(read(tree.path()).history.commits, SizeIs(1));
}

TEST(GitHistoryTest, WhatIsNoRepositoryIsNamed) {
  TempFolder folder;
  GitReadOptions options;
  options.path = folder.path();
  const auto result = read_git(options, {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr(folder.path()));
}

TEST(GitHistoryTest, AMailmapMakesOnePersonOfMany) {
  GitFixture git;
  git.commit(
         {.files = {{".mailmap", "Ana Smith <ana@a.example> <as@old.example>\n"}, {"a.go", "1"}}})
      .write();
  const auto resolved =
      resolve_identities(git.path(), {"asmith <as@old.example>", "Ben <ben@a.example>", "nobody"});
  ASSERT_TRUE(resolved);
  EXPECT_EQ((*resolved)[0].name, "Ana Smith");
  EXPECT_EQ((*resolved)[0].email, "ana@a.example");
  EXPECT_EQ((*resolved)[1].email, "ben@a.example");
  EXPECT_EQ((*resolved)[2].name, "nobody");
}

TEST(GitHistoryTest, AKeptHistoryReadsBackAndAnythingElseIsRefused) {
  GitFixture git;
  git.commit({.files = {{"a.go", "1"}}}).write();
  const GitHistory history = read(git.path()).history;
  const std::string text = write_git_history(history);
  const auto back = read_git_history(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, history);
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(read_git_history(text.substr(0, length))) << length;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] ^= 1;
    EXPECT_FALSE(read_git_history(other)) << i;
  }
}

}  // namespace
}  // namespace revisitd::collectors
