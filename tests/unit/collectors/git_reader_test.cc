#include "collectors/git_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "tests/unit/collectors/git_fixture.h"

namespace revisitd::collectors {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimePoint kNow = TimePoint{} + days(20'100);

class GitReaderTest : public testing::Test {
 protected:
  GitReaderOptions options() {
    GitReaderOptions options;
    options.repositories = {{git.path(), "checkout", "payments"}};
    options.directory = git.folder() + "/kept";
    return options;
  }
  // Runs until a reading has ended.
  void read(GitReader& reader, TimePoint now) {
    const auto work = boost::asio::make_work_guard(context);
    context.restart();
    (void)reader.run(now);
    while (!reader.run(now)) context.run_one();
  }

  GitFixture git;
  boost::asio::io_context context;
};

TEST_F(GitReaderTest, AuthorsAreCountedByLanguageWithoutBots) {
  git.commit({.files = {{"a.go", "1"}, {".mailmap", "Ana <ana@a.example> <old@a.example>\n"}}})
      .commit({.who = "x <old@a.example>", .day = 20'005, .files = {{"a.go", "2"}, {"b.py", "2"}}})
      .commit({.who = "dependabot[bot] <1+dependabot[bot]@users.noreply.github.com>",
               .files = {{"a.go", "3"}}})
      .commit({.who = "CI <ci@a.example>", .files = {{"a.go", "4"}}})
      .write();
  GitReaderOptions wanted = options();
  wanted.ignored_authors = {"CI@a.example"};
  GitReader reader(context.get_executor(), wanted);
  EXPECT_FALSE(reader.complete());
  read(reader, kNow);
  EXPECT_TRUE(reader.complete());
  const auto repositories = reader.repositories();
  ASSERT_THAT(repositories, SizeIs(1));
  EXPECT_EQ(repositories[0].commits, 4);
  EXPECT_EQ(repositories[0].service, "checkout");
  ASSERT_THAT(repositories[0].authors, SizeIs(1));
  const rules::GitAuthor& ana = repositories[0].authors[0];
  EXPECT_EQ(ana.email, "ana@a.example");
  EXPECT_EQ(ana.commits, 2);
  EXPECT_EQ(ana.languages.at("go").commits, 2);
  EXPECT_EQ(ana.languages.at("go").last, TimePoint{} + days(20'005));
  EXPECT_EQ(ana.languages.at("python").commits, 1);
}

TEST_F(GitReaderTest, EveryRepositoryHasItsTurn) {
  git.commit({.files = {{"a.go", "1"}}}).write();
  GitReaderOptions wanted = options();
  wanted.repositories.resize(3, wanted.repositories.front());
  wanted.refresh_interval = std::chrono::seconds(2);
  GitReader reader(context.get_executor(), wanted);
  for (int i = 0; i < 3; ++i) read(reader, kNow + std::chrono::seconds(2 * i));
  EXPECT_TRUE(reader.complete());
}

TEST_F(GitReaderTest, WhatWasReadOutlivesTheProcess) {
  git.commit({.files = {{"a.go", "1"}}}).commit({.files = {{"a.go", "2"}}}).write();
  {
    GitReader first(context.get_executor(), options());
    read(first, kNow);
    EXPECT_EQ(first.status()[0].fresh, 2u);
    EXPECT_FALSE(first.run(kNow + minutes(14))) << "not due yet";
  }
  git.commit({.files = {{"a.go", "3"}}}).write();
  GitReader second(context.get_executor(), options());
  read(second, kNow + minutes(20));
  EXPECT_EQ(second.status()[0].fresh, 1u);
  EXPECT_EQ(second.status()[0].commits, 3u);
  EXPECT_EQ(second.commits_read(), 1u);
  for (const auto& kept : std::filesystem::directory_iterator(git.folder() + "/kept")) {
    std::filesystem::resize_file(kept.path(), 100);
  }
  GitReader third(context.get_executor(), options());
  read(third, kNow + minutes(40));
  EXPECT_EQ(third.status()[0].fresh, 3u) << "what is kept and broken is read anew";
}

TEST_F(GitReaderTest, ARepositoryThatCannotBeReadIsNamedAndStopsNoOther) {
  git.commit({.files = {{"a.go", "1"}}}).write();
  GitReaderOptions wanted = options();
  wanted.repositories.insert(wanted.repositories.begin(), {git.folder() + "/none", "x", ""});
  GitReader reader(context.get_executor(), wanted);
  read(reader, kNow);
  EXPECT_THAT(reader.status()[0].problem, HasSubstr("/none"));
  EXPECT_FALSE(reader.complete());
  read(reader, kNow);
  EXPECT_TRUE(reader.complete());
  EXPECT_THAT(reader.repositories(), SizeIs(1));
}

TEST_F(GitReaderTest, ItGoesAwayWhileItReads) {
  for (int i = 0; i < 200; ++i) git.commit({.files = {{"a.go", std::to_string(i)}}});
  git.write();
  GitReader reader(context.get_executor(), options());
  (void)reader.run(kNow);
  EXPECT_THAT(reader.repositories(), IsEmpty());
}

TEST(ServiceOfTest, ARepositoryIsCalledAsItsDirectory) {
  EXPECT_EQ(service_of({"/srv/git/checkout.git", "", ""}), "checkout");
  EXPECT_EQ(service_of({"../search/", "", ""}), "search");
  EXPECT_EQ(service_of({"/x/pay/.git", "", ""}), "pay");
  EXPECT_EQ(service_of({"/x/pay", "billing", ""}), "billing");
}

}  // namespace
}  // namespace revisitd::collectors
