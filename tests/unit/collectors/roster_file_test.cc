#include "collectors/roster_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::collectors {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

std::string people(int count) {
  std::string text = "teams:\n  payments:\n    members:\n";
  for (int i = 0; i < count; ++i) {
    text += "      - {name: p" + std::to_string(i) + ", languages: {go: fluent}}\n";
  }
  return text;
}

int count(const RosterLook& look, TimePoint now) {
  return look.roster ? look.roster->people(now) : -1;
}

class RosterFileTest : public testing::Test {
 protected:
  RosterFile file() { return RosterFile(folder / "roster.yaml", {}); }
  TempFolder folder;
};

TEST_F(RosterFileTest, AFileThatHasRestedIsTakenAtOnce) {
  folder.write("roster.yaml", people(10));
  RosterFile roster = file();
  const RosterLook look = roster.look(kLater);
  EXPECT_EQ(look.state, RosterSourceState::good);
  EXPECT_EQ(count(look, kLater), 10);
  EXPECT_TRUE(look.changed);
  EXPECT_EQ(look.roster->read_at, kLater);
}

TEST_F(RosterFileTest, AFreshFileHasToRestFirst) {
  folder.write("roster.yaml", people(10), kLater);
  RosterFile roster = file();
  EXPECT_EQ(roster.look(kLater).state, RosterSourceState::settling);
  EXPECT_EQ(roster.look(kLater).again, kLater + 2s);
  EXPECT_EQ(count(roster.look(kLater + 2s), kLater), 10);
}

TEST_F(RosterFileTest, EveryLookThatFindsTheSameRenewsIt) {
  folder.write("roster.yaml", people(10));
  RosterFile roster = file();
  (void)roster.look(kLater);
  const RosterLook look = roster.look(kLater + 24h);
  EXPECT_FALSE(look.changed);
  EXPECT_EQ(look.roster->read_at, kLater + 24h);
}

TEST_F(RosterFileTest, ABadFileKeepsTheLastGoodAndLetsItAge) {
  folder.write("roster.yaml", people(10));
  RosterFile roster = file();
  (void)roster.look(kLater);
  folder.write("roster.yaml", "teams: {a: {members: []}}\n");
  const RosterLook look = roster.look(kLater + 1h);
  EXPECT_EQ(look.state, RosterSourceState::bad);
  EXPECT_EQ(count(look, kLater), 10);
  EXPECT_EQ(look.roster->read_at, kLater);
  EXPECT_THAT(format_location(look.diagnostics.at(0)), HasSubstr("the team has nobody"));
  EXPECT_FALSE(look.roster->valid(kLater + 168h));
}

TEST_F(RosterFileTest, WhatIsNoFileKeepsTheLastGood) {
  folder.write("roster.yaml", people(10));
  RosterFile roster = file();
  (void)roster.look(kLater);
  const std::string path = folder / "roster.yaml";
  const auto replaced = [&](const std::function<void()>& make) {
    fs::remove(path);
    make();
    const RosterLook look = roster.look(kLater + 1h);
    return look.state == RosterSourceState::bad && count(look, kLater) == 10;
  };
  EXPECT_TRUE(replaced([] {}));
  EXPECT_TRUE(replaced([&] { ASSERT_EQ(mkfifo(path.c_str(), 0600), 0); }));
  EXPECT_TRUE(replaced([&] { fs::create_directory(path); }));
  EXPECT_TRUE(replaced([&] { fs::create_symlink("/dev/zero", path); }));
  EXPECT_TRUE(replaced([&] { fs::create_symlink("roster.yaml", path); }));
  EXPECT_TRUE(replaced([&] {
    folder.write("roster.yaml", "");
    fs::resize_file(path, std::uintmax_t{5} << 30);
  }));
}

TEST_F(RosterFileTest, NoPrefixOfAFileBeingWrittenIsTaken) {
  folder.write("roster.yaml", people(10));
  RosterFile roster = file();
  (void)roster.look(kLater);
  const std::string text = people(12);
  TimePoint now = kLater;
  for (std::size_t length = 0; length < text.size(); ++length) {
    now += 1s;
    folder.write("roster.yaml", text.substr(0, length), now);
    ASSERT_EQ(count(roster.look(now), now), 10) << length;
  }
  folder.write("roster.yaml", text, now);
  EXPECT_EQ(count(roster.look(now), now), 10);
  EXPECT_EQ(count(roster.look(now + 2s), now), 12);
}

TEST_F(RosterFileTest, FewerPeopleHaveToStayForAMinute) {
  folder.write("roster.yaml", people(10));
  RosterFile roster = file();
  (void)roster.look(kLater);
  folder.write("roster.yaml", people(9));
  const RosterLook look = roster.look(kLater);
  EXPECT_EQ(look.again, kLater + 60s);
  EXPECT_THAT(look.diagnostics.at(0).message, HasSubstr("lists 9 people where 10 were"));
  EXPECT_EQ(count(roster.look(kLater + 59s), kLater), 10);
  EXPECT_EQ(count(roster.look(kLater + 60s), kLater), 9);
}

TEST_F(RosterFileTest, LessThanHalfIsQuarantinedForAnHour) {
  folder.write("roster.yaml", people(10));
  RosterFile roster = file();
  (void)roster.look(kLater);
  folder.write("roster.yaml", people(4));
  const RosterLook look = roster.look(kLater);
  EXPECT_EQ(look.state, RosterSourceState::quarantined);
  EXPECT_THAT(look.diagnostics.at(0).message, HasSubstr("lists 4 people where 10 were"));
  EXPECT_EQ(count(roster.look(kLater + 59min), kLater), 10);
  EXPECT_EQ(count(roster.look(kLater + 60min), kLater), 4);
}

TEST_F(RosterFileTest, AnotherTextBeginsTheQuarantineAnew) {
  folder.write("roster.yaml", people(10));
  RosterFile roster = file();
  (void)roster.look(kLater);
  folder.write("roster.yaml", people(4));
  (void)roster.look(kLater);
  folder.write("roster.yaml", people(3));
  EXPECT_EQ(roster.look(kLater + 59min).state, RosterSourceState::quarantined);
  EXPECT_EQ(count(roster.look(kLater + 60min), kLater), 10);
}

TEST_F(RosterFileTest, APersonsWordEndsTheQuarantine) {
  folder.write("roster.yaml", people(10));
  RosterFile roster = file();
  (void)roster.look(kLater);
  folder.write("roster.yaml", people(4));
  (void)roster.look(kLater);
  roster.confirm();
  EXPECT_EQ(count(roster.look(kLater + 1s), kLater), 4);
}

TEST_F(RosterFileTest, AConfirmationIsNotForAnotherText) {
  folder.write("roster.yaml", people(10));
  RosterFile roster = file();
  (void)roster.look(kLater);
  folder.write("roster.yaml", people(4));
  (void)roster.look(kLater);
  roster.confirm();
  folder.write("roster.yaml", people(1));
  EXPECT_EQ(roster.look(kLater + 1s).state, RosterSourceState::quarantined);
}

TEST_F(RosterFileTest, ARestartRemembersWhatWasInForce) {
  folder.write("roster.yaml", people(10));
  RosterFile before = file();
  const auto last = before.look(kLater).roster;
  folder.write("roster.yaml", people(4));
  RosterFile after(folder / "roster.yaml", {}, last);
  EXPECT_EQ(after.look(kLater).state, RosterSourceState::quarantined);
  folder.write("roster.yaml", people(10));
  EXPECT_EQ(after.look(kLater + 1s).state, RosterSourceState::good);
}

TEST_F(RosterFileTest, AClockThatStepsBackBeginsTheWaitAnew) {
  folder.write("roster.yaml", people(10));
  RosterFile roster = file();
  (void)roster.look(kLater);
  folder.write("roster.yaml", people(4));
  (void)roster.look(kLater + 24h);
  EXPECT_EQ(roster.look(kLater).again, kLater + 1h);
}

TEST_F(RosterFileTest, ReadsJsonByItsEnding) {
  folder.write("r.json", R"({"teams":{"a":{"members":[{"name":"\ud83d\ude00"}]}}})");
  RosterFile roster(folder / "r.json", {});
  EXPECT_EQ(count(roster.look(kLater), kLater), 1);
}

}  // namespace
}  // namespace revisitd::collectors
