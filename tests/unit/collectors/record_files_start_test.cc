#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/collectors/record_text.h"
#include "tests/unit/collectors/temp_folder.h"

// The first scan: what was last good before it, and what was read ahead of it.
namespace revisitd::collectors {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RecordFilesStartTest : public testing::Test {
 protected:
  RecordFilesOptions options() {
    RecordFilesOptions options;
    options.patterns = {folder / "*.md"};
    return options;
  }
  rules::RecordSource source(const std::string& name, const std::string& text) {
    return {folder / name, text, "", ""};
  }

  RecordsAhead read_ahead() { return read_ahead(options()); }
  static RecordsAhead read_ahead(const RecordFilesOptions& options, KeptReadings known = {}) {
    AheadReader reader(options, kLater);
    reader.know(std::move(known));
    reader.work();
    EXPECT_TRUE(reader.done());
    return reader.take();
  }

  // With a reader that has a name, so that what it reads is kept.
  RecordFilesOptions keeping(const std::string& name = "the reader") {
    RecordFilesOptions all = options();
    all.reader = name;
    return all;
  }
  // What a run leaves for the next one.
  static KeptReadings kept_by(const RecordFilesOptions& options) {
    RecordFiles files(options, {}, read_ahead(options));
    KeptReadings kept;
    for (const auto& [path, reading] : files.scan(kLater).readings)
      kept.emplace(absolute_path(path), reading);
    return kept;
  }
  // The names of those that had to be decoded although something was kept.
  static std::vector<std::string> decoded_anew(const RecordsAhead& ahead) {
    std::vector<std::string> names;
    for (const auto& [path, entry] : ahead.files) {
      if (entry.to_keep) names.push_back(fs::path(path).filename());
    }
    return names;
  }

  TempFolder folder;
};

TEST_F(RecordFilesStartTest, WhatWasLastGoodIsInForceWhereTheFilesDoNotSayOtherwise) {
  folder.write("same.md", record_text("same"));
  folder.write("typo.md", record_text("typo", "2026-05-04", "tennure: 3d\n"));
  folder.write("cut.md", record_text("cut").substr(0, 60));
  folder.write("edited.md", record_text("edited-now"));
  RecordFiles files(
      options(),
      {source("same.md", record_text("same")), source("typo.md", record_text("typo")),
       source("cut.md", record_text("cut")), source("edited.md", record_text("edited-before")),
       source("gone.md", record_text("gone"))});
  RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("cut", "edited-now", "gone", "same", "typo"));
  EXPECT_TRUE(files.files().at(folder / "typo.md")->kept);
  EXPECT_TRUE(files.files().at(folder / "cut.md")->kept);
  EXPECT_FALSE(files.files().at(folder / "same.md")->kept);
  scan = files.scan(kLater + std::chrono::seconds(2));
  EXPECT_THAT(services_of(scan), ElementsAre("cut", "edited-now", "same", "typo"));
  EXPECT_THAT(scan.removed, ElementsAre(folder / "gone.md"));
}

// As when the configuration has lost a signal since.
TEST_F(RecordFilesStartTest, ATextThatIsNoLongerRightKeepsNothingOfItself) {
  const std::string text = record_text(
      "a", "2026-05-04", "triggers:\n  slow:\n    when: latency > 1s\n    window: 1d\n");
  folder.write("a.md", text);
  RecordFiles files(options(), {source("a.md", text)});
  const RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), IsEmpty());
  ASSERT_FALSE(scan.diagnostics.empty());
  EXPECT_THAT(scan.diagnostics[0].message, HasSubstr("latency"));
}

TEST_F(RecordFilesStartTest, TheFirstScanTakesWhatWasReadAhead) {
  folder.write("a.md", record_text("a"));
  folder.write("b.md", "# T\n\nStatus: accepted\nDate: 2026-05-04\n");
  folder.write("b.revisit.yaml", "service: c\nteam: t\nlanguage: go\n");
  RecordsAhead ahead = read_ahead();
  EXPECT_EQ(ahead.files.size(), 2u);
  folder.write("a.md", record_text("a-later"));
  folder.write("d.md", record_text("d"));
  RecordFiles files(options(), {}, std::move(ahead));
  RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("a", "c", "d"));
  EXPECT_THAT(scan.added, ElementsAre(folder / "a.md", folder / "b.md", folder / "d.md"));
  EXPECT_EQ(files.last_good(folder / "a.md")->text, record_text("a"));
  // And the next one what has changed since.
  scan = files.scan(kLater + std::chrono::hours(1));
  EXPECT_THAT(services_of(scan), ElementsAre("a-later", "c", "d"));
  EXPECT_THAT(scan.edited, ElementsAre(folder / "a.md"));
}

// What was given is known to be kept, with its side file; only other texts are to be kept anew.
TEST_F(RecordFilesStartTest, RenewedIsWhatIsLastGoodOtherwiseThanBefore) {
  const std::string bare = "# T\n\nStatus: accepted\nDate: 2026-05-04\n";
  const std::string side = "service: b\nteam: t\nlanguage: go\n";
  folder.write("a.md", record_text("a"));
  folder.write("b.md", bare);
  folder.write("b.revisit.yaml", side);
  folder.write("typo.md", record_text("typo", "2026-05-04", "tennure: 3d\n"));
  folder.write("new.md", record_text("new"));
  const std::vector<rules::RecordSource> given{
      source("a.md", record_text("a")),
      {folder / "b.md", bare, folder / "b.revisit.yaml", side},
      source("typo.md", record_text("typo"))};
  RecordFiles files(options(), given);
  RecordScan scan = files.scan(kLater);
  EXPECT_THAT(scan.renewed, ElementsAre(folder / "new.md"));
  EXPECT_EQ(files.last_good(folder / "b.md"), given[1]);
  EXPECT_EQ(files.last_good(folder / "typo.md"), given[2]);
  EXPECT_EQ(files.last_good(folder / "none.md"), std::nullopt);

  folder.write("a.md", record_text("a", "2026-06-01"));
  folder.write("b.revisit.yaml", side + "runtime: go1.22\n");
  folder.write("new.md", record_text("new", "2026-05-04", "tennure: 3d\n"));
  scan = files.scan(kLater + std::chrono::seconds(1));
  EXPECT_THAT(scan.renewed, ElementsAre(folder / "a.md", folder / "b.md"));
  EXPECT_EQ(files.last_good(folder / "b.md")->side_text, side + "runtime: go1.22\n");
  EXPECT_EQ(files.last_good(folder / "new.md")->text, record_text("new"));
  EXPECT_THAT(files.scan(kLater + std::chrono::seconds(2)).renewed, IsEmpty());
}

TEST_F(RecordFilesStartTest, WhatCannotBeReadAheadIsToldByTheScan) {
  folder.write("good.md", record_text("good"));
  fs::create_symlink("nowhere", folder / "link.md");
  fs::create_directory(folder / "folder.md");
  folder.write("bad.md", record_text("bad", "2026-05-04", "tennure: 3d\n"));
  RecordFiles ahead(options(), {}, read_ahead());
  RecordFiles plain(options());
  const RecordScan one = ahead.scan(kLater), other = plain.scan(kLater);
  EXPECT_EQ(one.diagnostics, other.diagnostics);
  EXPECT_EQ(services_of(one), services_of(other));
  EXPECT_EQ(one.added, other.added);
  EXPECT_FALSE(one.diagnostics.empty());
}

// Conditions of what was read ahead and of what comes later are held once.
TEST_F(RecordFilesStartTest, WhatRecordsHaveInCommonIsHeldOnce) {
  const std::string triggers = "triggers: {t: {when: members() < 2, window: 1d}}\n";
  folder.write("a.md", record_text("a", "2026-05-04", triggers));
  folder.write("b.md", record_text("b", "2026-05-04", triggers));
  RecordFiles files(options(), {}, read_ahead());
  EXPECT_THAT(services_of(files.scan(kLater)), ElementsAre("a", "b"));
  folder.write("c.md", record_text("c", "2026-05-04", triggers));
  const RecordScan scan = files.scan(kLater + std::chrono::seconds(2));
  ASSERT_THAT(services_of(scan), ElementsAre("a", "b", "c"));
  std::set<const std::string*> texts;
  for (const auto& decision : *scan.decisions) texts.insert(&decision->triggers.at(0).when.text());
  EXPECT_EQ(texts.size(), 1U);
}

TEST_F(RecordFilesStartTest, SideFilesAreReadWithTheirRecordsAlone) {
  folder.write("b.md", "# T\n\nStatus: accepted\nDate: 2026-05-04\n");
  folder.write("b.revisit.yaml", "service: c\nteam: t\nlanguage: go\n");
  RecordFilesOptions all = options();
  all.patterns = {folder / "*"};
  AheadReader reader(all, kLater);
  reader.work();
  EXPECT_THAT(reader.take().files, ElementsAre(testing::Key(folder / "b.md")));
}

TEST_F(RecordFilesStartTest, ThreadsShareTheReading) {
  const std::string triggers = "triggers: {t: {when: members() < 2, window: 1d}}\n";
  std::vector<std::string> services;
  for (int i = 100; i < 300; ++i) {
    services.push_back("s" + std::to_string(i));
    folder.write(services.back() + ".md", record_text(services.back(), "2026-05-04", triggers));
  }
  AheadReader reader(options(), kLater);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&reader] { reader.work(); });
  }
  RecordsAhead ahead = reader.take();
  EXPECT_EQ(ahead.files.size(), services.size());
  EXPECT_EQ(ahead.conditions->size(), 1u) << "what is kept is one of theirs";
  RecordFiles files(options(), {}, std::move(ahead));
  EXPECT_EQ(services_of(files.scan(kLater)), services);
}

TEST_F(RecordFilesStartTest, WhatWasReadAheadStandsAgainstWhatWasLastGood) {
  folder.write("typo.md", record_text("typo", "2026-05-04", "tennure: 3d\n"));
  folder.write("same.md", record_text("same"));
  RecordFiles files(
      options(), {source("typo.md", record_text("typo")), source("same.md", record_text("same"))},
      read_ahead());
  const RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("same", "typo"));
  EXPECT_TRUE(files.files().at(folder / "typo.md")->kept);
}

TEST_F(RecordFilesStartTest, ATextThatStandsAsItStoodIsNotDecodedAgain) {
  folder.write("a.md", record_text("a"));
  folder.write("b.md", "# T\n\nStatus: accepted\nDate: 2026-05-04\n");
  folder.write("b.revisit.yaml", "service: c\nteam: t\nlanguage: go\n");
  folder.write("none.md", "# Of something else\n");
  folder.write("typo.md", record_text("typo", "2026-05-04", "tennure: 3d\n"));
  const KeptReadings kept = kept_by(keeping());
  EXPECT_THAT(kept, ElementsAre(testing::Key(folder / "a.md"), testing::Key(folder / "b.md"),
                                testing::Key(folder / "none.md")))
      << "errors are told anew at every start";
  RecordsAhead ahead = read_ahead(keeping(), kept);
  EXPECT_THAT(decoded_anew(ahead), IsEmpty());
  RecordFiles files(keeping(), {}, std::move(ahead));
  const RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("a", "c"));
  EXPECT_THAT(scan.readings, IsEmpty());
  ASSERT_FALSE(scan.diagnostics.empty());
  EXPECT_THAT(scan.diagnostics[0].message, HasSubstr("tennure"));
}

// That it was not decoded again is seen by a reading that is none of this text.
TEST_F(RecordFilesStartTest, WhatIsKeptIsTaken) {
  folder.write("a.md", record_text("a"));
  KeptReadings kept = kept_by(keeping());
  std::string& reading = kept.begin()->second;
  reading.replace(reading.find("\"a\""), 3, "\"z\"");
  RecordFiles files(keeping(), {}, read_ahead(keeping(), kept));
  EXPECT_THAT(services_of(files.scan(kLater)), ElementsAre("z"));
}

TEST_F(RecordFilesStartTest, AnotherTextReaderOrSideFileIsDecodedAnew) {
  folder.write("a.md", record_text("a"));
  folder.write("b.md", "# T\n\nStatus: accepted\nDate: 2026-05-04\n");
  folder.write("b.revisit.yaml", "service: b\nteam: t\nlanguage: go\n");
  folder.write("same.md", record_text("same"));
  KeptReadings kept = kept_by(keeping());
  EXPECT_THAT(decoded_anew(read_ahead(keeping("another"), kept)),
              ElementsAre("a.md", "b.md", "same.md"));
  folder.write("a.md", record_text("a-later"));
  folder.write("b.revisit.yaml", "service: b\nteam: t\nlanguage: python\n");
  RecordsAhead ahead = read_ahead(keeping(), kept);
  EXPECT_THAT(decoded_anew(ahead), ElementsAre("a.md", "b.md"));
  RecordFiles files(keeping(), {}, std::move(ahead));
  RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("a-later", "b", "same"));
  EXPECT_EQ((*scan.decisions)[1]->language, "python");
  EXPECT_THAT(scan.readings, testing::SizeIs(2));
  // Without a name nothing is kept, nor taken.
  kept.begin()->second = " " + kept.begin()->second.substr(keeping().reader.size() + 1);
  EXPECT_THAT(decoded_anew(read_ahead(options(), kept)), IsEmpty());
  RecordFiles nameless(options(), {}, read_ahead(options(), kept));
  EXPECT_THAT(nameless.scan(kLater).readings, IsEmpty());
}

// What is kept is JSON, and would come back with other signs in their place.
TEST_F(RecordFilesStartTest, BytesThatAreNoTextAreDecodedAnew) {
  folder.write("a.md", record_text("a") + "\n\xed\xed\n");
  RecordFiles files(keeping(), {}, read_ahead(keeping()));
  const RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("a"));
  EXPECT_THAT(scan.readings, IsEmpty());
}

TEST_F(RecordFilesStartTest, WhatIsNoReadingIsDecodedAnew) {
  folder.write("a.md", record_text("a"));
  KeptReadings kept = kept_by(keeping());
  kept.begin()->second.pop_back();
  RecordsAhead ahead = read_ahead(keeping(), kept);
  EXPECT_THAT(decoded_anew(ahead), ElementsAre("a.md"));
  RecordFiles files(keeping(), {}, std::move(ahead));
  EXPECT_THAT(services_of(files.scan(kLater)), ElementsAre("a"));
}

// Decoding need not wait for what is kept; what it made meanwhile is as good, and kept already.
TEST_F(RecordFilesStartTest, WhatIsKeptMayBeKnownLate) {
  folder.write("a.md", record_text("a"));
  const KeptReadings kept = kept_by(keeping());
  AheadReader reader(keeping(), kLater);
  reader.work();
  reader.know(kept);
  reader.work();  // finds nothing left
  ASSERT_TRUE(reader.done());
  RecordsAhead ahead = reader.take();
  reader.work();  // and leaves alone what was taken
  EXPECT_THAT(decoded_anew(ahead), IsEmpty());
  RecordFiles files(keeping(), {}, std::move(ahead));
  EXPECT_THAT(services_of(files.scan(kLater)), ElementsAre("a"));
}

TEST_F(RecordFilesStartTest, FilesThatCannotBeReadAreDoneToo) {
  folder.write("a.md", record_text("a"));
  std::error_code error;
  fs::create_symlink("nowhere", folder / "b.md", error);
  AheadReader reader(keeping(), kLater);
  reader.work();
  EXPECT_TRUE(reader.done());
  EXPECT_EQ(reader.take().files.size(), 1u);
}

TEST_F(RecordFilesStartTest, ReadingsOfFilesThatAreGoneAreNamed) {
  folder.write("a.md", record_text("a"));
  folder.write("b.md", record_text("b"));
  const KeptReadings kept = kept_by(keeping());
  fs::remove(folder / "b.md");
  EXPECT_THAT(read_ahead(keeping(), kept).gone, ElementsAre(folder / "b.md"));
}

TEST_F(RecordFilesStartTest, EditsAreKeptToo) {
  folder.write("a.md", record_text("a"));
  RecordFiles files(keeping(), {}, read_ahead(keeping()));
  files.scan(kLater);
  folder.write("a.md", record_text("a", "2026-06-01"));
  const RecordScan scan = files.scan(kLater + std::chrono::hours(1));
  ASSERT_THAT(scan.readings, testing::SizeIs(1));
  EXPECT_THAT(
      decoded_anew(read_ahead(keeping(), {{scan.readings[0].first, scan.readings[0].second}})),
      IsEmpty());
}

// Started in another directory, or with the configuration's path spelt otherwise.
TEST_F(RecordFilesStartTest, TheSameFileByARelativePathIsTheSame) {
  folder.write("a.md", record_text("a"));
  folder.write("typo.md", record_text("typo", "2026-05-04", "tennure: 3d\n"));
  const KeptReadings kept = kept_by(keeping());
  RecordFilesOptions relative = keeping();
  relative.patterns = {fs::relative(folder / "*.md")};
  ASSERT_FALSE(relative.patterns[0].starts_with('/'));
  RecordsAhead ahead = read_ahead(relative, kept);
  EXPECT_THAT(decoded_anew(ahead), IsEmpty());
  EXPECT_THAT(ahead.gone, IsEmpty());
  RecordFiles files(relative,
                    {source("a.md", record_text("a")), source("typo.md", record_text("typo"))},
                    std::move(ahead));
  const RecordScan scan = files.scan(kLater);
  EXPECT_THAT(services_of(scan), ElementsAre("a", "typo"));
  EXPECT_EQ((*scan.decisions)[0]->path, fs::relative(folder / "a.md"));
  EXPECT_THAT(scan.renewed, IsEmpty());
  EXPECT_FALSE(scan.settling) << "nothing is gone";
  ASSERT_THAT(scan.diagnostics, testing::SizeIs(1)) << "nothing is decided twice";
  EXPECT_THAT(scan.diagnostics[0].message, HasSubstr("tennure"));
}

TEST_F(RecordFilesStartTest, WhatWasBelowARelativeDirectoryThatCannotBeListedStays) {
  RecordFilesOptions relative = options();
  relative.patterns = {fs::relative(folder / "not-there") / "**/*.md"};
  RecordFiles files(relative, {source("not-there/a.md", record_text("a"))});
  files.scan(kLater);
  EXPECT_THAT(services_of(files.scan(kLater + std::chrono::hours(1))), ElementsAre("a"));
}

}  // namespace
}  // namespace revisitd::collectors
