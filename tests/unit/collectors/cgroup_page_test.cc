#include "collectors/cgroup_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "collectors/cgroup_client.h"
#include "collectors/exposition_parser.h"
#include "collectors/target_sources.h"
#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::collectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// Every series of a page with its value.
class Samples final : public SampleSink {
 public:
  explicit Samples(const std::string& page) {
    ExpositionParser parser(ExpositionFormat::prometheus, *this);
    good = static_cast<bool>(parser.feed(page)) && static_cast<bool>(parser.finish());
  }
  void sample(const SampleView& sample) override {
    values[std::string(sample.series)] = sample.value;
  }

  bool good = false;
  std::map<std::string, double> values;
};

// A group as Linux 6 shows it.
TempFolder& fill(TempFolder& folder, const std::string& at = "g/") {
  folder.write(at + "cgroup.controllers", "cpu io memory pids\n");
  folder.write(at + "memory.current", "104857600\n");
  folder.write(at + "memory.peak", "209715200\n");
  folder.write(at + "memory.max", "max\n");
  folder.write(at + "memory.swap.current", "4096\n");
  folder.write(at + "memory.stat",
               "anon 31457280\nfile 73400320\nkernel 1\ninactive_file 52428800\n");
  folder.write(at + "memory.events", "low 0\nhigh 0\nmax 0\noom 1\noom_kill 1\n");
  folder.write(at + "cpu.stat",
               "usage_usec 12500000\nuser_usec 10000001\nsystem_usec 2499999\nnr_periods 40\n"
               "nr_throttled 10\nthrottled_usec 900000\n");
  folder.write(at + "memory.pressure",
               "some avg10=1.00 avg60=0.50 avg300=0.10 total=1500000\n"
               "full avg10=0.00 avg60=0.00 avg300=0.00 total=250000\n");
  folder.write(at + "pids.current", "17\n");
  folder.write(at + "pids.max", "100\n");
  return folder;
}

TEST(CgroupPageTest, SaysWhatTheFilesOfAGroupSay) {
  TempFolder folder;
  const Samples page(*cgroup_page(fill(folder) / "g"));
  ASSERT_TRUE(page.good);
  EXPECT_THAT(
      page.values,
      ElementsAre(
          Pair("cgroup_cpu_periods_total", 40), Pair("cgroup_cpu_system_seconds_total", 2.499999),
          Pair("cgroup_cpu_throttled_periods_total", 10),
          Pair("cgroup_cpu_throttled_seconds_total", 0.9),
          Pair("cgroup_cpu_usage_seconds_total", 12.5),
          Pair("cgroup_cpu_user_seconds_total", 10.000001),
          Pair("cgroup_memory_anon_bytes", 31457280),
          Pair("cgroup_memory_current_bytes", 104857600),
          Pair("cgroup_memory_file_bytes", 73400320), Pair("cgroup_memory_oom_kills_total", 1),
          Pair("cgroup_memory_peak_bytes", 209715200), Pair("cgroup_memory_swap_bytes", 4096),
          Pair("cgroup_memory_working_set_bytes", 52428800), Pair("cgroup_pids", 17),
          Pair("cgroup_pids_limit", 100),
          Pair("cgroup_pressure_seconds_total{resource=\"memory\",stalled=\"full\"}", 0.25),
          Pair("cgroup_pressure_seconds_total{resource=\"memory\",stalled=\"some\"}", 1.5)));
}

TEST(CgroupPageTest, WhatAKernelDoesNotKnowIsLeftOut) {
  TempFolder folder;
  folder.write("g/cgroup.controllers", "");
  folder.write("g/cpu.stat", "usage_usec 1\nnonsense\nuser_usec -1\n");
  folder.write("g/memory.current", "many\n");
  EXPECT_EQ(*cgroup_page(folder / "g"), "cgroup_cpu_usage_seconds_total 0.000001\n");
}

TEST(CgroupPageTest, WhatIsNoGroupIsAnError) {
  TempFolder folder;
  folder.write("g/memory.current", "1\n");
  EXPECT_THAT(cgroup_page(folder / "g").error().message, HasSubstr("version 2"));
  EXPECT_THAT(cgroup_page(folder / "h").error().message, HasSubstr("no such control group"));
}

// Where this machine has groups of version 2, the root of them; elsewhere it is said that there are
// none.
TEST(CgroupPageTest, ThisMachinesOwnGroupsAreReadOrRefused) {
  std::ifstream mounts("/proc/self/mounts");
  std::string root;
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string device, folder, type;
    words >> device >> folder >> type;
    if (type == "cgroup2") root = folder;
  }
  const auto page = cgroup_page(root.empty() ? "/sys/fs/cgroup" : root);
  if (root.empty()) {
    EXPECT_FALSE(page);
  } else {
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_TRUE(Samples(*page).good) << *page;
  }
}

std::vector<std::string> addresses_of(const TargetSource& source) {
  std::vector<std::string> all;
  for (const TargetGroup& group : source.groups()) {
    for (const LabelSet& target : group.targets) all.push_back(target.at("__address__"));
  }
  return all;
}

TEST(CgroupSourceTest, GroupsOfAGlobComeAndGo) {
  TempFolder folder;
  fill(folder, "system.slice/a.service/");
  folder.write("system.slice/file", "");
  const auto source = make_cgroup_source(
      {.root = folder.path(), .paths = {"/system.slice/*.service/"}, .labels = {{"zone", "z"}}});
  EXPECT_TRUE(*source->at_once());
  EXPECT_THAT(addresses_of(*source), ElementsAre(folder / "system.slice/a.service"));
  const TargetGroup group = source->groups()[0];
  EXPECT_EQ(group.labels.at("zone"), "z");
  EXPECT_EQ(group.targets[0].at("__meta_cgroup_path"), "system.slice/a.service");
  EXPECT_EQ(group.targets[0].at("__meta_cgroup_name"), "a.service");
  std::filesystem::remove_all(folder / "system.slice/a.service");
  EXPECT_TRUE(*source->at_once());
  EXPECT_THAT(addresses_of(*source), ElementsAre());
}

TEST(CgroupSourceTest, AGroupThatIsNamedOutrightIsMissed) {
  TempFolder folder;
  const auto source =
      make_cgroup_source({.root = folder.path(), .paths = {"a.service"}, .labels = {}});
  EXPECT_THAT(source->at_once()->error().message, HasSubstr("a.service: no such"));
  const auto root = make_cgroup_source({.root = folder.path(), .paths = {"/"}, .labels = {}});
  EXPECT_TRUE(*root->at_once());
  EXPECT_EQ(root->groups()[0].targets[0].at("instance"), "/");
}

// Gets what is not about control groups.
class Behind final : public RepeatingClient {
 public:
  boost::asio::awaitable<Result<FetchResponse, FetchError>> fetch(FetchRequest request) override {
    asked.push_back(request.url);
    co_return FetchResponse{};
  }
  Result<std::unique_ptr<RepeatedRequest>, FetchError> repeat(FetchRequest request) override {
    asked.push_back(request.url);
    return FetchError{FetchFailure::bad_url, "not now"};
  }

  std::vector<std::string> asked;
};

struct Listener final : FetchListener {
  void fetched(Result<FetchResponse, FetchError> what) noexcept override {
    told.push_back(what ? std::to_string(what->status) : what.error().message);
  }
  void broke(std::exception_ptr) noexcept override { told.emplace_back("broke"); }

  std::vector<std::string> told;
};

TEST(CgroupClientTest, ReadsTheGroupAtEverySending) {
  TempFolder folder;
  fill(folder, "a.service/");
  Behind behind;
  const auto client = make_cgroup_client(behind);
  FetchRequest wanted;
  wanted.url = "cgroup://" + (folder / "a.service/");
  std::string page, type;
  wanted.on_head = [&type](int, std::string_view named) { type = named; };
  wanted.sink = [&page](std::string_view piece) {
    if (!page.empty()) throw std::logic_error("nobody foresaw this");
    page = piece;
    return true;
  };
  const auto request = *client->repeat(std::move(wanted));
  Listener listener;
  request->send(listener);
  EXPECT_THAT(type, HasSubstr("text/plain"));
  EXPECT_TRUE(Samples(page).good) << page;
  request->send(listener);
  std::filesystem::remove_all(folder / "a.service");
  request->send(listener);
  EXPECT_THAT(listener.told, ElementsAre("200", "broke", HasSubstr("a.service")));
  EXPECT_TRUE(behind.asked.empty());
}

TEST(CgroupClientTest, HandsOnWhatIsNoGroup) {
  Behind behind;
  const auto client = make_cgroup_client(behind);
  FetchRequest wanted;
  wanted.url = "http://127.0.0.1/metrics";
  EXPECT_EQ(client->repeat(wanted).error().message, "not now");
  EXPECT_THAT(behind.asked, ElementsAre(wanted.url));
}

}  // namespace
}  // namespace revisitd::collectors
