#include "rules/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/roster_decode.h"

namespace revisitd::rules {
namespace {

using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimePoint kNow = TimePoint{} + days(20'000);

Roster roster(const std::string& members) {
  return *decode_roster("teams: {payments: {members: [" + members + "]}}\n", "r.yaml", kNow).roster;
}

GitAuthor author(const std::string& name, const std::string& email, const std::string& language,
                 int commits) {
  return {name, email, commits, {{language, {commits, kNow - days(3)}}}};
}

GitRepository repository(std::vector<GitAuthor> authors, const std::string& path = "a") {
  return {path, "checkout", "payments", kNow, 100, std::move(authors)};
}

TEST(EvidenceTest, PeopleAreKnownByAddressByLoginAndByName) {
  const GitRepository git = repository({author("A. S.", "ana@a.example", "go", 10),
                                        author("Ben", "7+ben-b@users.noreply.github.com", "go", 10),
                                        author("Cleo C.", "c@b.example", "go", 10),
                                        author("someone", "s@b.example", "go", 99)});
  const Roster with = with_evidence(
      roster("{name: ana, emails: [Ana@a.example]}, {name: ben-b}, {name: cleo c.}, {name: dora}"),
      {git}, {});
  EXPECT_EQ(with.shipped("payments", "go", kNow), 3);
}

TEST(EvidenceTest, CommitsOfAllRepositoriesCountTogether) {
  const auto repositories = {
      repository({author("ana", "a@a.example", "go", 6)}, "a"),
      repository({author("ana", "a@a.example", "go", 4), author("ben", "b@a.example", "go", 9)},
                 "b")};
  const Roster with = with_evidence(roster("{name: ana}, {name: ben}"), repositories, {});
  EXPECT_EQ(with.shipped("payments", "go", kNow), 1) << "nine are one too few";
}

TEST(EvidenceTest, ItHoldsAsLongAsTheOldestReading) {
  GitRepository old = repository({author("ana", "a@a.example", "go", 10)});
  old.read_at = kNow - days(5);
  const Roster with = with_evidence(roster("{name: ana}"), {repository({}), old}, {});
  EXPECT_EQ(with.evidence_until, kNow + days(2));
  EXPECT_EQ(with_evidence(roster("{name: ana}"), {}, {}).evidence_until, std::nullopt)
      << "where nothing could be read, the roster speaks alone";
}

TEST(EvidenceTest, UntilAllHasBeenReadAnEarlierRosterSpeaks) {
  const Roster before =
      with_evidence(roster("{name: ana}"), {repository({author("ana", "", "go", 10)})}, {});
  const Roster now = with_evidence_of(roster("{name: ana}, {name: ben}"), &before);
  EXPECT_EQ(now.shipped("payments", "go", kNow), 1);
  EXPECT_EQ(with_evidence_of(roster("{name: ana}"), nullptr).shipped("payments", "go", kNow),
            std::nullopt)
      << "not known yet";
}

TEST(EvidenceTest, DisagreementsAreShownBothWays) {
  const Roster people = roster(
      "{name: ana, languages: {go: fluent}}, {name: ben, languages: {go: learning}}, {name: cleo, "
      "languages: {go: shipped, python: learning}}, {name: gone, languages: {go: fluent}, until: "
      "2020-01-01}");
  const GitRepository git = repository(
      {author("ana", "", "python", 3), author("ben", "", "go", 12), author("cleo", "", "go", 1)});
  const auto found = disagreements(people, {git}, {}, kNow);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].kind, Disagreement::Kind::roster_alone);
  EXPECT_EQ(found[0].person, "ana");
  EXPECT_EQ(found[0].level, Fluency::fluent);
  EXPECT_EQ(found[1].kind, Disagreement::Kind::git_alone);
  EXPECT_EQ(found[1].person, "ben");
}

TEST(EvidenceTest, OfATeamWithoutARepositoryNothingIsSaid) {
  GitRepository other = repository({author("zoe", "", "go", 99)});
  other.team = "search";
  EXPECT_THAT(disagreements(roster("{name: ana, languages: {go: fluent}}"), {other}, {}, kNow),
              IsEmpty());
}

TEST(EvidenceTest, TheTruckFactorIsTheFewestWhoMadeMoreThanHalf) {
  const GitRepository one = repository({author("a", "a", "go", 60), author("b", "b", "go", 40)});
  const GitRepository even = repository({author("a", "a", "go", 50), author("b", "b", "go", 50)});
  const GitRepository three = repository(
      {author("a", "a", "go", 30), author("b", "b", "go", 30), author("c", "c", "go", 40)});
  EXPECT_EQ(truck_factor({&one}), 1);
  EXPECT_EQ(truck_factor({&even}), 2);
  EXPECT_EQ(truck_factor({&three}), 2);
  EXPECT_EQ(truck_factor({&one, &one}), 1) << "one author of two repositories is one person";
  EXPECT_EQ(truck_factor({}), 0);
}

TEST(EvidenceTest, BotsAreKnown) {
  EXPECT_TRUE(is_bot("dependabot[bot]", "1+dependabot[bot]@users.noreply.github.com"));
  EXPECT_TRUE(is_bot("Renovate", "bot@renovateapp.com"));
  EXPECT_FALSE(is_bot("Ana Botha", "botha@a.example"));
}

TEST(EvidenceTest, EachMemberHasWhatGitSawOfThem) {
  const Roster people = roster("{name: ben}, {name: ana}");
  const auto seen =
      shipped_by_member(people.teams.at("payments"), {repository({author("ana", "", "go", 12)})});
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_TRUE(seen[0].empty());
  EXPECT_EQ(seen[1].at("go"), (Shipped{12, kNow - days(3)}));
}

TEST(EvidenceTest, LastShippedIsOfThoseOnTheTeam) {
  const Roster people = roster("{name: ana}, {name: gone, until: 2020-01-01}");
  const auto last =
      last_shipped(people.teams.at("payments"),
                   {repository({author("ana", "", "go", 1), author("gone", "", "rust", 5)})}, kNow);
  EXPECT_THAT(last, ElementsAre(testing::Pair("go", kNow - days(3))));
}

}  // namespace
}  // namespace revisitd::rules
