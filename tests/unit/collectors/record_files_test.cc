#include "collectors/record_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/collectors/record_text.h"
#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::collectors {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A folder of records that is scanned step by step.
class RecordFilesTest : public testing::Test {
 protected:
  // With a `tick` of zero a file counts as settled as soon as it was read.
  RecordFiles open(const std::vector<std::string>& names,
                   Duration tick = RecordFilesOptions().tick) {
    RecordFilesOptions options;
    options.tick = tick;
    for (const std::string& name : names) options.patterns.push_back(folder / name);
    return RecordFiles(std::move(options));
  }
  static std::string messages(const RecordScan& scan) {
    std::string result;
    for (const Diagnostic& d : scan.diagnostics) result += format_location(d) + "\n";
    return result;
  }

  TempFolder folder;
};

TEST_F(RecordFilesTest, TellsWhatIsNewEditedAndGone) {
  folder.write("a.md", record_text("a"));
  folder.write("b.md", record_text("b"));
  RecordFiles files = open({"*.md"});
  RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("a", "b"));
  EXPECT_THAT(scan.added, ElementsAre(folder / "a.md", folder / "b.md"));
  EXPECT_TRUE(scan.changed);
  EXPECT_THAT(files.directories(), ElementsAre(folder.path()));

  scan = files.scan(kLater);
  EXPECT_FALSE(scan.changed);
  EXPECT_THAT(scan.added, IsEmpty());

  folder.write("a.md", record_text("a", "2026-06-01"));
  fs::remove(folder / "b.md");
  scan = files.scan(kLater);
  EXPECT_THAT(scan.edited, ElementsAre(folder / "a.md"));
  EXPECT_TRUE(scan.settling);
  EXPECT_THAT(services_of(scan), ElementsAre("a", "b"));
  scan = files.scan(kLater + std::chrono::seconds(1));
  EXPECT_THAT(scan.removed, ElementsAre(folder / "b.md"));
  EXPECT_THAT(services_of(scan), ElementsAre("a"));
}

TEST_F(RecordFilesTest, AFileThatStandsAsItWasIsReadNowAndThenOnly) {
  folder.write("a.md", record_text("a"));
  RecordFiles files = open({"*.md"}, Duration{0});
  std::size_t reads = 0;
  for (int i = 0; i < 24; ++i) reads += files.scan(kLater).read;
  EXPECT_EQ(reads, 3u);

  folder.write("a.md", record_text("a", "2026-06-01"));
  EXPECT_THAT(files.scan(kLater).edited, ElementsAre(folder / "a.md"));
  folder.write("a.revisit.yaml", "service: b\nteam: t\nlanguage: go\n");
  EXPECT_THAT(files.scan(kLater).edited, ElementsAre(folder / "a.md"));
}

TEST_F(RecordFilesTest, ASideFileThatComesIsSeenInTheNextRound) {
  folder.write("a.md", record_text("a"));
  RecordFiles files = open({"*.md"}, Duration{0});
  // As if the folder had stood for a while: its time of change is as fine as its file system's.
  fs::last_write_time(folder.path(), fs::file_time_type::clock::now() - std::chrono::hours(1));
  for (int i = 0; i < 3; ++i) files.scan(kLater, RecordFiles::Look::in_turn);
  folder.write("a.revisit.yaml", "service: b\nteam: t\nlanguage: go\n");
  EXPECT_THAT(files.scan(kLater, RecordFiles::Look::in_turn).edited, ElementsAre(folder / "a.md"));
}

TEST_F(RecordFilesTest, OfManyFilesEachHasItsTurn) {
  for (int i = 0; i < 1300; ++i) {
    const std::string name = "r" + std::to_string(i);
    folder.write(name + ".md", record_text(name));
  }
  RecordFiles files = open({"*.md"}, Duration{0});
  (void)files.scan(kLater);
  (void)files.scan(kLater);
  const auto in_turn = [&] { return files.scan(kLater, RecordFiles::Look::in_turn); };

  folder.write("r700.md",
               record_text("r700", "2026-06-01"));  // in place: the folder does not show it
  int rounds = 1;
  while (rounds < 20 && in_turn().edited.empty()) ++rounds;
  EXPECT_LE(rounds, 12);
  folder.write("r701.md", record_text("r701", "2026-06-01"));
  EXPECT_THAT(files.scan(kLater).edited, ElementsAre(folder / "r701.md"));
  folder.write("r702.md", record_text("r702", "2026-06-01"));
  folder.write("new.md", record_text("new"));
  const RecordScan moved = in_turn();
  EXPECT_THAT(moved.added, ElementsAre(folder / "new.md"));
  EXPECT_THAT(moved.edited, ElementsAre(folder / "r702.md"));
}

// The link stays, so that its folder shows nothing.
TEST_F(RecordFilesTest, WhatALinkNoLongerLeadsToIsForgottenAndFoundAgain) {
  fs::create_directories(folder / "elsewhere");
  folder.write("elsewhere/a.txt", record_text("a"));
  fs::create_symlink("elsewhere/a.txt", folder / "a.md");
  folder.write("b.md", record_text("b"));
  RecordFilesOptions options;
  options.patterns = {folder / "*.md"};
  options.tick = options.settle = Duration{0};
  RecordFiles files(std::move(options));
  // As if the folder had stood for a while.
  fs::last_write_time(folder.path(), fs::file_time_type::clock::now() - std::chrono::hours(1));
  const auto in_turn = [&] { return files.scan(kLater, RecordFiles::Look::in_turn); };
  ASSERT_THAT(services_of(in_turn()), ElementsAre("a", "b"));
  fs::rename(folder / "elsewhere/a.txt", folder / "elsewhere/away.txt");
  const RecordScan gone = in_turn();
  EXPECT_THAT(gone.removed, ElementsAre(folder / "a.md"));
  EXPECT_THAT(services_of(gone), ElementsAre("b"));
  EXPECT_THAT(services_of(in_turn()), ElementsAre("b"));
  fs::rename(folder / "elsewhere/away.txt", folder / "elsewhere/a.txt");
  const RecordScan back = in_turn();
  EXPECT_THAT(back.added, ElementsAre(folder / "a.md"));
  EXPECT_THAT(services_of(back), ElementsAre("a", "b"));
}

TEST_F(RecordFilesTest, WhatStaysAsItWasIsOneObject) {
  folder.write("a.md", record_text("a"));
  RecordFiles files = open({"*.md"}, Duration{0});
  const auto decisions = files.scan(kLater).decisions;
  folder.write("a.md", record_text("a") + "\nMore of the same.\n");
  const RecordScan worded = files.scan(kLater);
  EXPECT_THAT(worded.edited, ElementsAre(folder / "a.md"));
  EXPECT_TRUE(worded.changed);
  EXPECT_NE(worded.decisions, decisions);
  const RecordScan same = files.scan(kLater);
  EXPECT_FALSE(same.changed);
  EXPECT_EQ(same.decisions, worded.decisions);
}

TEST_F(RecordFilesTest, WhatIsWrongIsSaidInEveryRoundOfManyFiles) {
  for (int i = 0; i < 500; ++i) {
    const std::string name = "r" + std::to_string(i);
    folder.write(name + ".md", record_text(name));
  }
  folder.write("alone.revisit.yaml", "service: b\nteam: t\nlanguage: go\n");
  RecordFilesOptions options;
  options.patterns = {folder / "*.md", folder / "*.revisit.yaml"};
  options.tick = Duration{0};
  RecordFiles files(std::move(options));
  for (int i = 0; i < 15; ++i) {
    EXPECT_EQ(files.scan(kLater, RecordFiles::Look::in_turn).diagnostics.size(), 1u) << i;
  }
}

TEST_F(RecordFilesTest, AFileChangedAMomentAgoIsReadEveryTime) {
  folder.write("a.md", record_text("a"));
  RecordFilesOptions options;
  options.patterns = {folder / "*.md"};
  options.tick = std::chrono::hours(1);
  RecordFiles files(std::move(options));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(files.scan(kLater).read, 1u);
}

TEST_F(RecordFilesTest, AFileThatComesBackAtOnceWasNeverGone) {
  folder.write("a.md", record_text("a"));
  RecordFiles files = open({"*.md"});
  (void)files.scan(kLater);
  fs::rename(folder / "a.md", folder / "a.md~");
  EXPECT_FALSE(files.scan(kLater).changed);
  fs::rename(folder / "a.md~", folder / "a.md");
  EXPECT_FALSE(files.scan(kLater + std::chrono::hours(1)).changed);
  fs::remove(folder / "a.md");
  EXPECT_THAT(services_of(files.scan(kLater + std::chrono::hours(2))), ElementsAre("a"));
}

TEST_F(RecordFilesTest, ABadNewTextKeepsTheLastGoodDecision) {
  folder.write("a.md", record_text("a"));
  folder.write("b.md", record_text("b"));
  RecordFiles files = open({"*.md"});
  (void)files.scan(kLater);
  folder.write("a.md", record_text("a", "2026-06-01", "tennure: 3d\n"));
  const RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("a", "b"));
  EXPECT_EQ((*scan.decisions)[0]->date, *parse_time("2026-05-04"));
  EXPECT_FALSE(scan.changed);
  EXPECT_TRUE(files.files().at(folder / "a.md")->kept);
  EXPECT_THAT(messages(scan),
              HasSubstr("a.md:10:1: unknown key `tennure`, did you mean `tenure`?"));
}

// What a full disk, a crash or a copy in progress leaves of a file.
TEST_F(RecordFilesTest, ATextThatIsCutShortKeepsTheLastGoodDecision) {
  const std::string fenced = record_text("a", "2026-05-04", "review_every: 365d\n");
  const std::string front =
      "---\nstatus: accepted\ndate: 2026-05-04\nrevisit:\n  service: a\n  team: t\n"
      "  language: go\n---\n# T\n";
  for (const std::string& whole : {fenced, front}) {
    folder.write("a.md", whole);
    RecordFiles files = open({"*.md"});
    ASSERT_THAT(services_of(files.scan(kLater)), ElementsAre("a"));
    std::vector<std::string> cuts{"", std::string(4096, '\0'), whole.substr(0, whole.size() / 3)};
    cuts.push_back(whole.substr(0, whole.find("language:")));
    cuts.push_back(whole.substr(0, whole.find("go\n")));
    for (const std::string& cut : cuts) {
      folder.write("a.md", cut);
      const RecordScan scan = files.scan(kLater);
      EXPECT_THAT(services_of(scan), ElementsAre("a")) << cut;
      EXPECT_EQ(scan.diagnostics.empty() ? "" : scan.diagnostics.back().file, folder / "a.md");
      EXPECT_TRUE(files.files().at(folder / "a.md")->kept) << cut;
      if (cut.empty()) EXPECT_THAT(messages(scan), HasSubstr("the text is empty or breaks off"));
      EXPECT_EQ(files.last_good(folder / "a.md")->text, whole);
    }
    folder.write("a.md", "# T\n\nNothing is watched here any more.\n");
    EXPECT_THAT(services_of(files.scan(kLater)), IsEmpty());
  }
}

TEST_F(RecordFilesTest, AYamlFileThatBreaksOffWithinALineGivesNothingNew) {
  const std::string whole =
      "service: a\nteam: t\nlanguage: go\ndate: 2026-05-04\nruntime: go1.22\n";
  folder.write("a.yaml", whole);
  RecordFiles files = open({"*.yaml"});
  (void)files.scan(kLater);
  folder.write("a.yaml", whole.substr(0, whole.size() - 4));
  RecordScan scan = files.scan(kLater);
  EXPECT_EQ(scan.decisions->at(0)->runtime, "go1.22");
  EXPECT_THAT(messages(scan), HasSubstr("breaks off within a line"));
  folder.write("a.yaml", whole.substr(0, whole.size() - 1));  // only its end of line
  EXPECT_THAT(messages(files.scan(kLater)), IsEmpty());
  folder.write("a.yaml", whole.substr(0, whole.find("runtime")));
  EXPECT_EQ(files.scan(kLater).decisions->at(0)->runtime, "");
}

TEST_F(RecordFilesTest, OneBadFileNeverStopsTheOthers) {
  folder.write("a.md", record_text("a", "2026-05-04", "nonsense: 1\n"));
  folder.write("b.md", record_text("b"));
  ASSERT_EQ(mkfifo((folder / "c.md").c_str(), 0600), 0);
  fs::create_symlink("nowhere", folder / "d.md");
  folder.write("e.md", "");
  fs::resize_file(folder / "e.md", std::uintmax_t{5} << 30);
  RecordFiles files = open({"*.md"});
  const RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("b"));
  EXPECT_THAT(messages(scan), HasSubstr("c.md: is a pipe"));
  EXPECT_THAT(messages(scan), HasSubstr("e.md: has 5368709120 bytes"));
}

TEST_F(RecordFilesTest, ASupersededRecordLeaves) {
  folder.write("a.md", record_text("a"));
  RecordFiles files = open({"*.md"});
  (void)files.scan(kLater);
  std::string text = record_text("a");
  text.replace(text.find("accepted"), 8, "superseded by [2](2.md)");
  folder.write("a.md", text);
  EXPECT_THAT(services_of(files.scan(kLater)), IsEmpty());
}

TEST_F(RecordFilesTest, AFileStillBeingWrittenIsLeftForLater) {
  folder.write("a.md", record_text("a"));
  RecordFiles files = open({"*.md"});
  (void)files.scan(kLater);
  folder.write("a.md", "# Go for a\n", kLater);
  RecordScan scan = files.scan(kLater + Duration{999});
  EXPECT_TRUE(scan.settling);
  EXPECT_THAT(services_of(scan), ElementsAre("a"));
  scan = files.scan(kLater + Duration{1000});
  EXPECT_FALSE(scan.settling);
  EXPECT_THAT(services_of(scan), IsEmpty());
}

TEST_F(RecordFilesTest, TheFirstScanWaitsForNobody) {
  folder.write("a.md", record_text("a"), kLater);
  RecordFiles files = open({"*.md"});
  EXPECT_THAT(services_of(files.scan(kLater)), ElementsAre("a"));
}

TEST_F(RecordFilesTest, TheNewestOfTwoRecordsForAServiceCounts) {
  folder.write("1.md", record_text("a", "2026-01-01"));
  folder.write("2.md", record_text("a", "2026-02-01"));
  RecordFiles files = open({"*.md"});
  const RecordScan scan = files.scan(kLater);
  ASSERT_THAT(services_of(scan), ElementsAre("a"));
  EXPECT_EQ((*scan.decisions)[0]->id, "2");
  EXPECT_THAT(messages(scan), HasSubstr("1.md: warning: service `a` is also decided in"));
}

TEST_F(RecordFilesTest, OfTwoRecordsOfOneDateTheLaterPathIsAnError) {
  folder.write("1.md", record_text("a"));
  folder.write("2.md", record_text("a"));
  RecordFiles files = open({"*.md"});
  const RecordScan scan = files.scan(kLater);
  ASSERT_THAT(services_of(scan), ElementsAre("a"));
  EXPECT_EQ((*scan.decisions)[0]->id, "1");
  EXPECT_THAT(messages(scan), HasSubstr("2.md: service `a` is also decided in"));
}

TEST_F(RecordFilesTest, SideFilesBelongToTheirRecord) {
  folder.write("1.md", "# X\n\nStatus: accepted\nDate: 2026-05-04\n");
  folder.write("1.revisit.yaml", "service: x\nteam: t\nlanguage: go\n");
  folder.write("2.revisit.yaml", "service: y\nteam: t\nlanguage: go\n");
  RecordFiles files = open({""});
  RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("x"));
  EXPECT_THAT(messages(scan), HasSubstr("2.revisit.yaml: a side file without its record"));
  folder.write("1.revisit.yaml", "service: z\nteam: t\nlanguage: go\n");
  scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("z"));
}

TEST_F(RecordFilesTest, ASideFileStandsForItsRecord) {
  folder.write("a.md", "# A\n\nStatus: accepted\nDate: 2026-05-04\n");
  folder.write("a.revisit.yaml", "service: a\nteam: t\nlanguage: go\n");
  for (const char* pattern : {"*.yaml", "a.revisit.yaml", "a.*"}) {
    RecordFiles files = open({pattern});
    const RecordScan scan = files.scan(kLater);
    EXPECT_THAT(services_of(scan), ElementsAre("a")) << pattern;
    EXPECT_THAT(messages(scan), IsEmpty());
    EXPECT_EQ(files.files().size(), 1u);
  }
}

TEST_F(RecordFilesTest, ReadsDirectoriesAndTrees) {
  folder.write("a.md", record_text("a"));
  folder.write("deep/er/b.md", record_text("b"));
  folder.write("deep/c.yaml", "{service: c, team: t, language: go, date: 2026-01-01}");
  folder.write("deep/.hidden/d.md", record_text("d"));
  folder.write("deep/notes.txt", record_text("e"));
  EXPECT_THAT(services_of(open({""}).scan(kLater)), ElementsAre("a", "b", "c"));
  EXPECT_THAT(services_of(open({"**/*.md"}).scan(kLater)), ElementsAre("a", "b"));
  EXPECT_THAT(services_of(open({"deep/*.yaml", "a.md", "*.md"}).scan(kLater)),
              ElementsAre("a", "c"));
}

TEST_F(RecordFilesTest, LinksToFilesAreFollowedAndThoseToDirectoriesAreNot) {
  folder.write("all/a.md", record_text("a"));
  folder.write("elsewhere/b.txt", record_text("b"));
  folder.write("elsewhere/c.md", record_text("c"));
  fs::create_directory_symlink("..", folder / "all/up");
  fs::create_directory_symlink("../elsewhere", folder / "all/other.md");
  fs::create_symlink("../elsewhere/b.txt", folder / "all/b.md");
  for (const char* pattern : {"all", "all/**/*.md"}) {
    RecordFiles files = open({pattern});
    EXPECT_THAT(services_of(files.scan(kLater)), ElementsAre("a", "b")) << pattern;
    EXPECT_EQ(files.files().size(), 2u) << pattern;
  }
}

TEST_F(RecordFilesTest, WhatComesBetweenTheFoldersLookedAtIsFoundInAMinute) {
  folder.write("teams/a/records/a.md", record_text("a"));
  fs::create_directory(folder / "teams/b");
  const std::string pattern = "teams/*/records/*.md";
  RecordFiles files = open({pattern}, Duration{0});
  EXPECT_THAT(services_of(files.scan(kLater)), ElementsAre("a"));
  folder.write("teams/b/records/b.md", record_text("b"));
  for (int round = 0; round < 6; ++round) {
    (void)files.scan(kLater + std::chrono::minutes(1), RecordFiles::Look::in_turn);
  }
  EXPECT_EQ(files.files().size(), 2u);
  const auto all = [this](const std::string& name) {
    return list_records({folder / name}).all_directories;
  };
  EXPECT_FALSE(all(pattern));
  for (const char* plain : {"teams/a/records/*.md", "teams/a/records/a.md", "teams", "**/*.md"}) {
    EXPECT_TRUE(all(plain)) << plain;
  }
}

TEST_F(RecordFilesTest, AFolderThatCannotBeListedLosesNothing) {
  folder.write("records/a.md", record_text("a"));
  for (const char* pattern : {"records/*.md", "records/", "records/**/*.md"}) {
    RecordFiles files = open({pattern});
    (void)files.scan(kLater);
    fs::rename(folder / "records", folder / "away");
    (void)files.scan(kLater);
    const RecordScan scan = files.scan(kLater + std::chrono::hours(1));
    EXPECT_THAT(services_of(scan), ElementsAre("a")) << pattern;
    EXPECT_THAT(messages(scan), HasSubstr("stays in force")) << pattern;
    fs::rename(folder / "away", folder / "records");
  }
}

// How Kubernetes updates a mounted ConfigMap: files are links through `..data`, which is swapped by
// a rename.
TEST_F(RecordFilesTest, FollowsTheSwapOfAConfigMap) {
  folder.write("..v1/a.md", record_text("a"));
  fs::create_directory_symlink("..v1", folder / "..data");
  fs::create_symlink("..data/a.md", folder / "a.md");
  RecordFiles files = open({""});
  EXPECT_THAT(services_of(files.scan(kLater)), ElementsAre("a"));

  folder.write("..v2/a.md", record_text("b"));
  fs::create_directory_symlink("..v2", folder / "..data_tmp");
  fs::rename(folder / "..data_tmp", folder / "..data");
  fs::remove_all(folder / "..v1");
  EXPECT_THAT(services_of(files.scan(kLater)), ElementsAre("b"));
}

TEST_F(RecordFilesTest, AHundredEditsEndInTheLastOne) {
  RecordFiles files = open({"*.md"});
  (void)files.scan(kLater);
  for (int i = 0; i < 100; ++i) {
    folder.write("a.md", record_text("a" + std::to_string(i)));
    (void)files.scan(kLater);
  }
  EXPECT_THAT(services_of(files.scan(kLater)), ElementsAre("a99"));
}

}  // namespace
}  // namespace revisitd::collectors
