#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "tests/integration/daemon_rig.h"

// The pages of the sample fleet in a real browser: what a person needs is there once the browser
// has understood the page, without scripts and without anything from elsewhere.
namespace revisitd::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::string slurp(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class PagesTest : public ::testing::Test {
 protected:
  PagesTest() : demo_({REVISITD_PAGE_DEMO, "127.0.0.1:0", "3"}, folder_ / "demo") {
    eventually([&] { return slurp(folder_ / "demo").ends_with("/\n"); });
    const std::string said = slurp(folder_ / "demo");
    url_ = said.substr(0, said.find("/\n"));
  }
  // Opens a page in a browser that knows nothing yet; what it wrote on standard output.
  std::string browse(const std::string& path, const std::vector<std::string>& flags) {
    const std::string program = find_program("chromium");
    EXPECT_NE(program, "") << "the Debian package chromium is not installed";
    const collectors::TempFolder profile;
    std::vector<std::string> command = {"/bin/sh",
                                        "-c",
                                        "out=$1; shift; exec \"$@\" >\"$out\"",
                                        "sh",
                                        profile / "out",
                                        program,
                                        "--headless",
                                        "--no-sandbox",
                                        "--disable-gpu",
                                        "--disable-quic",
                                        "--no-first-run",
                                        "--disable-background-networking",
                                        "--disable-component-update",
                                        "--disable-sync",
                                        "--disable-dev-shm-usage",
                                        "--enable-logging=stderr",
                                        "--user-data-dir=" + (profile / "profile")};
    command.insert(command.end(), flags.begin(), flags.end());
    command.push_back(url_ + path);
    ChildProcess browser(command, profile / "log", {"HOME=" + profile.path()});
    EXPECT_EQ(browser.wait(std::chrono::seconds(100)), 0) << slurp(profile / "log");
    log_ = slurp(profile / "log");
    return slurp(profile / "out");
  }
  std::string dom(const std::string& path) { return browse(path, {"--dump-dom"}); }

  collectors::TempFolder folder_;
  ChildProcess demo_;
  std::string url_;
  std::string log_;
};

// The text of a page as a person reads it: no markup, blanks as one.
std::string text_of(std::string html) {
  html = std::regex_replace(html, std::regex("<svg[^>]*class=\"mark[\\s\\S]*?</svg>"), " ");
  html = std::regex_replace(html, std::regex("<[^>]*>"), " ");
  html = std::regex_replace(html, std::regex("&gt;"), ">");
  html = std::regex_replace(html, std::regex("&lt;"), "<");
  return std::regex_replace(html, std::regex("\\s+"), " ");
}

TEST_F(PagesTest, TheFirstPageShowsWhatIsUrgentFirst) {
  const std::string text = text_of(dom("/"));
  for (const char* part :
       {"Needs attention", "last good version stays in force", "1 target is down", "tail-latency",
        "tripped", "unproven", "blind", "2026-11-01 due"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_LT(text.find("checkout"), text.find("ingest"));
  EXPECT_LT(text.find("ingest"), text.find("billing"));
}

TEST_F(PagesTest, AServicePageHasTheDecisionItsNumbersAndAPlotPerSignal) {
  const std::string page = dom("/service/checkout");
  const std::string text = text_of(page);
  for (const char* part :
       {"Use Python for checkout", "payments", "2026-05-04", "latency_p99 > 100ms",
        "139.6ms (100ms to 150ms)", "of the covered window in breach", "trips at 60%",
        "clears at 30%", "revisitd conclude checkout", "onset 2026-11-16 11:50", "window 7d"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  const std::regex plot("<figure class=\"signal\">");
  EXPECT_EQ(
      std::distance(std::sregex_iterator(page.begin(), page.end(), plot), std::sregex_iterator()),
      4);
  EXPECT_THAT(log_, Not(HasSubstr("Refused to"))) << "nothing that the page's own policy forbids";
}

TEST_F(PagesTest, NothingComesFromElsewhereAndNothingRuns) {
  const std::string net = folder_ / "net.json";
  const std::string page = browse("/service/checkout", {"--dump-dom", "--log-net-log=" + net});
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(::testing::ContainsRegex(" on[a-z]+=\"")));
  std::istringstream lines(slurp(net));
  std::set<std::string> asked;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"initiator\":\"" + url_) == std::string::npos) continue;
    const std::size_t at = line.find("\"url\":\"");
    if (at != std::string::npos) asked.insert(line.substr(at + 7, line.find('"', at + 7) - at - 7));
  }
  EXPECT_FALSE(asked.empty()) << "the style sheet at least";
  for (const std::string& address : asked) EXPECT_THAT(address, ::testing::StartsWith(url_ + "/"));
}

TEST_F(PagesTest, ANarrowDarkScreenIsDrawn) {
  const std::string picture = folder_ / "narrow.png";
  browse("/service/checkout", {"--screenshot=" + picture, "--window-size=390,1600",
                               "--blink-settings=preferredColorScheme=0"});
  const std::string bytes = slurp(picture);
  EXPECT_TRUE(bytes.starts_with("\x89PNG"));
  EXPECT_GT(bytes.size(), 20'000u) << "more than an empty page";
}

}  // namespace
}  // namespace revisitd::testing
