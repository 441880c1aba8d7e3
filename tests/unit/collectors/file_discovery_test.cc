#include "collectors/file_discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::collectors {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::string addresses(const FileDiscovery& discovery) {
  std::string all;
  for (const TargetGroup& group : discovery.groups()) {
    for (const LabelSet& target : group.targets) all += target.at("__address__") + " ";
  }
  return all;
}

TEST(FileDiscoveryTest, ReadsEveryFileOfThePattern) {
  TempFolder folder;
  folder.write("a.yml", "- targets: [a]\n");
  folder.write("b.json", R"([{"targets": ["b"]}])");
  FileDiscovery discovery({folder / "*.yml", folder / "*.json"});
  EXPECT_TRUE(discovery.look().changed);
  EXPECT_EQ(addresses(discovery), "a b ");
  EXPECT_EQ(discovery.groups()[0].labels.at("__meta_filepath"), folder / "a.yml");
  EXPECT_FALSE(discovery.look().changed);
}

TEST(FileDiscoveryTest, ABrokenFileKeepsItsLastGoodGroups) {
  TempFolder folder;
  folder.write("a.yml", "- targets: [a]\n");
  FileDiscovery discovery({folder / "*.yml"});
  discovery.look();
  folder.write("a.yml", "- targets: a]\n");
  const auto look = discovery.look();
  EXPECT_FALSE(look.changed);
  EXPECT_FALSE(look.problems.empty());
  EXPECT_EQ(addresses(discovery), "a ");
}

TEST(FileDiscoveryTest, AFileThatGoesTakesItsTargetsWithIt) {
  TempFolder folder;
  folder.write("a.yml", "- targets: [a]\n");
  FileDiscovery discovery({folder / "*.yml"});
  discovery.look();
  std::filesystem::remove(folder / "a.yml");
  EXPECT_TRUE(discovery.look().changed);
  EXPECT_EQ(addresses(discovery), "");
}

TEST(FileDiscoveryTest, SaysThatANamedFileIsMissing) {
  TempFolder folder;
  FileDiscovery discovery({folder / "a.yml"});
  const auto look = discovery.look();
  ASSERT_EQ(look.problems.size(), 1u);
  EXPECT_THAT(format_location(look.problems[0]), EndsWith("a.yml: No such file or directory"));
}

TEST(FileDiscoveryTest, TakesPatternsAsPrometheusDoes) {
  EXPECT_EQ(FileDiscovery::check_pattern("targets/*.json"), "");
  EXPECT_THAT(FileDiscovery::check_pattern("targets/*.txt"), HasSubstr(".json"));
  EXPECT_THAT(FileDiscovery::check_pattern("*/targets.json"), HasSubstr("last part"));
}

}  // namespace
}  // namespace revisitd::collectors
