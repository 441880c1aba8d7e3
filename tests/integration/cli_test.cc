#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/integration/daemon_rig.h"
#include "tests/integration/peer.h"
#include "tests/unit/collectors/fault_server.h"

// The command line as people and scripts use it.
namespace revisitd::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::string source(const std::string& path) {
  return std::string(REVISITD_SOURCE_DIR) + "/" + path;
}

std::vector<json> lines_of(const std::string& out) {
  std::istringstream in(out);
  std::vector<json> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

// Compares with tests/fixtures/golden/cli/NAME.txt; REVISITD_UPDATE_GOLDEN=1 writes it anew.
void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = source("tests/fixtures/golden/cli/" + name + ".txt");
  if (std::getenv("REVISITD_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  EXPECT_EQ(text, std::string(std::istreambuf_iterator<char>(file), {})) << path;
}

TEST(CliTest, HelpShowsANewcomerTheWay) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"run"},
                                                                 {"check"},
                                                                 {"check", "config"},
                                                                 {"check", "records"},
                                                                 {"check", "roster"},
                                                                 {"scrape"},
                                                                 {"status"},
                                                                 {"acknowledge"},
                                                                 {"snooze"},
                                                                 {"conclude"},
                                                                 {"trail"},
                                                                 {"assess"},
                                                                 {"draft"},
                                                                 {"advise"},
                                                                 {"backup"}}) {
    std::vector<std::string> command = words;
    command.push_back("--help");
    const Outcome help = revisitd(command);
    EXPECT_EQ(help.code, 0) << words[0];
    std::string name = "help";
    for (const std::string& word : words) name += "-" + word;
    expect_golden(name, help.out);
  }
}

TEST(CliTest, TheFirstPageNamesEveryCommandAndHowToBegin) {
  const Outcome help = revisitd({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* text :
       {"run", "check", "scrape", "status", "acknowledge", "snooze", "conclude", "trail", "backup",
        "Examples:", "Exit codes: 0 good, 1 bad, 2 wrong usage"}) {
    EXPECT_THAT(help.out, HasSubstr(text));
  }
}

TEST(CliTest, WrongUsageIsTwoAndSaysWhat) {
  const auto usage = [](const std::vector<std::string>& words, const char* says) {
    const Outcome wrong = revisitd(words);
    EXPECT_EQ(wrong.code, 2) << says;
    EXPECT_THAT(wrong.out + wrong.err, HasSubstr(says));
  };
  usage({}, "Examples:");
  usage({"fly"}, "revisitd: unknown command `fly`, expected ");
  usage({"stats"}, "did you mean `status`?\nTry 'revisitd --help'.");
  usage({"check", "rosters"}, "revisitd check: unknown command `rosters`, did you mean `roster`?");
  usage({"run", "--config.fil=x"}, "revisitd run: ");
  usage({"run", "--config.fil=x"}, "did you mean `--config.file`?\nTry 'revisitd run --help'.");
  usage({"run", "--log.level=loud"}, "expected debug, info, warn or error, not 'loud'");
  usage({"run", "--storage.retention.time=1.5h"}, "1.5h");
  for (const char* address : {"foo", "29755", "127.0.0.1:99999"}) {
    usage({"run", std::string("--web.listen-address=") + address}, "is not of the form host:port");
  }
  usage({"run", "--web.external-url=foo"}, "expected http:// or https:// and a host");
  usage({"check"}, "Ask a running daemon whether it is ready");
  usage({"check"}, "Usage: revisitd check ");
  usage({"--bogus"}, "revisitd: unknown flag `--bogus`\nTry 'revisitd --help'.");
  usage({"--versoin"}, "did you mean `--version`?");
  usage({"check", "--bogus=1", "records"}, "revisitd check: unknown flag `--bogus`");
  usage({"scrape"}, "source is required");
  usage({"scrape", "x", "--format=xml"}, "xml");
  usage({"scrape", "x", "--enable-feature=exemplars"}, "there is no feature \"exemplars\"");
  usage({"run", "--enable-feature=native-histograms,x"}, "expected native-histograms");
  usage({"conclude", "checkout", "--why", "x"}, "--outcome is required");
  usage({"conclude", "checkout", "--why", "x", "--outcome", "maybe"}, "maybe");
  usage({"trail", "--limit", "0"}, "limit");
  EXPECT_THAT(revisitd({"--version"}).out, HasSubstr("revisitd, version "));
}

TEST(CliTest, NobodyThereIsBadAndSaysWhere) {
  const std::string at = "--url=http://127.0.0.1:" + std::to_string(free_port());
  for (const auto& words : std::vector<std::vector<std::string>>{{"status", at},
                                                                 {"trail", at},
                                                                 {"check", "ready", at},
                                                                 {"acknowledge", "checkout", at}}) {
    const Outcome bad = revisitd(words);
    EXPECT_EQ(bad.code, 1) << words[0];
    EXPECT_THAT(bad.err, HasSubstr("refused")) << words[0];
  }
}

// Every page captured from a real program, as a file with a guessed format and with --format.
TEST(CliScrapeTest, EveryRealPageBecomesOneObjectASample) {
  int pages = 0;
  for (const auto& entry : fs::directory_iterator(source("tests/fixtures/expositions"))) {
    const std::string page = entry.path().string();
    const std::string format = page.ends_with(".pb")       ? "protobuf"
                               : page.ends_with(".om.txt") ? "openmetrics"
                                                           : "prometheus";
    const Outcome guessed = revisitd({"scrape", "--json", page});
    ASSERT_EQ(guessed.code, 0) << page << guessed.err;
    const Outcome told = revisitd({"scrape", "--json", page, "--format", format});
    EXPECT_EQ(told.out, guessed.out) << page;
    const auto samples = lines_of(guessed.out);
    EXPECT_FALSE(samples.empty()) << page;
    for (const json& sample : samples) {
      EXPECT_EQ(sample.size(), 4u) << sample;
      EXPECT_TRUE(sample["name"].is_string() && sample["labels"].is_object()) << sample;
      EXPECT_TRUE(sample["timestamp"].is_null() || sample["timestamp"].is_number()) << sample;
      if (format == "protobuf" && sample.contains("histogram")) {
        EXPECT_FALSE(sample["histogram"]["buckets"].empty()) << sample;
        continue;
      }
      const json& value = sample["value"];
      EXPECT_TRUE(value.is_number() || value == "NaN" || value == "+Inf" || value == "-Inf")
          << sample;
    }
    ++pages;
  }
  EXPECT_GE(pages, 11);
}

TEST(CliScrapeTest, NativeHistogramsArePrintedAsPromqlDoes) {
  const std::string page = source("tests/fixtures/expositions/go_native.pb");
  const Outcome printed = revisitd({"scrape", page});
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_THAT(printed.out, ::testing::ContainsRegex(
                               "shop_native_seconds\\{route=\"/\"\\} +"
                               "\\{count:400, sum:130\\.6[0-9]+, \\[-2\\.18[0-9]+,-2\\):2"));
  EXPECT_THAT(printed.out, HasSubstr("shop_native_seconds_count"));
  const Outcome strict = revisitd({"scrape", "--strict", page});
  EXPECT_EQ(strict.code, 1);
  EXPECT_THAT(strict.err, HasSubstr("--strict holds text against a specification of text"));
  const Outcome cut = revisitd({"scrape", "--format", "protobuf", "-"}, std::string("\x09\x0a\x01"
                                                                                    "a",
                                                                                    4));
  EXPECT_EQ(cut.code, 1);
  EXPECT_EQ(cut.err, "<stdin>:1:5: expected 6 more bytes of a family, found the end of the page\n");
}

TEST(CliScrapeTest, ValuesTimesAndLabelsAreExact) {
  const Outcome text =
      revisitd({"scrape", "--json", "-"}, "a 1\nb{x=\"1\\\"\"} NaN 1500\nc +Inf\nd -Inf\ne 1e3 \n");
  EXPECT_EQ(text.code, 0) << text.err;
  const auto samples = lines_of(text.out);
  ASSERT_EQ(samples.size(), 5u);
  EXPECT_EQ(samples[0].dump(), R"({"labels":{},"name":"a","timestamp":null,"value":1.0})");
  EXPECT_EQ(samples[1]["labels"]["x"], "1\"");
  EXPECT_EQ(samples[1]["value"], "NaN");
  EXPECT_EQ(samples[1]["timestamp"], 1.5) << "milliseconds in the text format, seconds in ours";
  EXPECT_EQ(samples[2]["value"], "+Inf");
  EXPECT_EQ(samples[3]["value"], "-Inf");
  const Outcome open =
      revisitd({"scrape", "--json", "-", "--format=openmetrics"}, "a 1 1.5\n# EOF\n");
  EXPECT_EQ(lines_of(open.out)[0]["timestamp"], 1.5);
}

TEST(CliScrapeTest, AMalformedPageIsBadWithItsPlace) {
  const collectors::TempFolder folder;
  const auto place = [&](const std::string& text, const std::string& format) {
    const std::string file = folder.write("page.txt", text);
    const Outcome bad = revisitd({"scrape", "--json", file, "--format", format});
    EXPECT_EQ(bad.code, 1) << text;
    EXPECT_THAT(bad.err, ::testing::StartsWith(file + ":")) << text;
    return bad.err.substr(file.size() + 1, bad.err.find(": ") - file.size() - 1);
  };
  EXPECT_EQ(place("a 1\nb{x=1} 2\n", "prometheus"), "2:5");
  EXPECT_EQ(place("a 1\nb one\n", "prometheus"), "2:3");
  EXPECT_EQ(place("<!DOCTYPE html>\n<html>\n", "prometheus"), "1:1");
  EXPECT_EQ(place("a 1 -5\n", "prometheus"), "1:5");
  EXPECT_THAT(place("a 1\n", "openmetrics"), ::testing::StartsWith("2:")) << "no # EOF";
  EXPECT_EQ(revisitd({"scrape", folder / "none"}).code, 1);
}

// Every page cut at many places: never a crash, and an error always has a place.
TEST(CliScrapeTest, ACutPageIsReadOrToldButNeverBreaksUs) {
  const collectors::TempFolder folder;
  std::ifstream in(source("tests/fixtures/expositions/go_example_exemplars.om.txt"));
  const std::string page(std::istreambuf_iterator<char>(in), {});
  for (std::size_t cut = page.size() / 7; cut < page.size(); cut += page.size() / 7) {
    const std::string file = folder.write("cut.txt", page.substr(0, cut));
    const Outcome outcome = revisitd({"scrape", "--json", file, "--format=openmetrics"});
    EXPECT_EQ(outcome.code, 1) << cut;
    EXPECT_THAT(outcome.err, ::testing::ContainsRegex("cut.txt:[0-9]+:[0-9]+: ")) << cut;
  }
}

TEST(CliScrapeTest, AServerSaysItsOwnFormat) {
  Peer peer;
  peer.page("/text", "a 1 1500\n");
  peer.page("/open", "a 1 1500\n# EOF\n",
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  peer.page("/login", "<html></html>", "text/html");
  EXPECT_EQ(lines_of(revisitd({"scrape", "--json", peer.url("/text")}).out)[0]["timestamp"], 1.5);
  EXPECT_EQ(lines_of(revisitd({"scrape", "--json", peer.url("/open")}).out)[0]["timestamp"], 1500);
  const Outcome login = revisitd({"scrape", peer.url("/login")});
  EXPECT_EQ(login.code, 1);
  EXPECT_THAT(login.err, HasSubstr("text/html"));
  const Outcome missing = revisitd({"scrape", peer.url("/none")});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("404"));
}

TEST(CliScrapeTest, AsksAsTheDaemonDoesSoThatSuggestionsFitItsPages) {
  const FaultServer server(
      answering(ok_response("# TYPE \"http.requests\" counter\n{\"http.requests\"} 5\n",
                            "Content-Type: text/plain; version=1.0.0; escaping=allow-utf-8\r\n")));
  const Outcome made = revisitd({"scrape", "--suggest", server.url("/metrics")});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(made.out, "signals:\n  http_requests_rate: {rate: '{\"http.requests\"}'}\n");
  EXPECT_THAT(server.requests().at(0),
              HasSubstr("text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"));
}

TEST(CliScrapeTest, WhatCallsItselfHtmlIsJudgedByWhatItHolds) {
  Peer peer;
  peer.page("/flask", "a 1\n", "text/html; charset=utf-8");
  peer.page("/words", "Please sign in\n", "text/html");
  const Outcome metrics = revisitd({"scrape", "--json", peer.url("/flask")});
  EXPECT_EQ(metrics.code, 0) << metrics.err;
  EXPECT_EQ(lines_of(metrics.out).size(), 1u);
  EXPECT_EQ(revisitd({"scrape", peer.url("/words")}).code, 1);
}

// A good page that a scrape with default limits would not take.
TEST(CliScrapeTest, SaysWhereTheDaemonWouldRefuseThePage) {
  const collectors::TempFolder folder;
  const auto warnings = [&](const std::string& page) {
    const std::string file = folder.write("page.txt", page);
    const Outcome outcome = revisitd({"scrape", "--json", file});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_FALSE(outcome.out.empty());
    return outcome.err;
  };
  EXPECT_EQ(warnings("a 1\n"), "");
  EXPECT_THAT(
      warnings("a 1\nb{x=\"" + std::string(1025, 'v') + "\"} 1\n"),
      HasSubstr("page.txt:2:5: warning: the daemon refuses such a page: the label value is "
                "longer than 1024 bytes (`label_value_length_limit`), once a signal reads"));
  std::string labels;
  for (int i = 0; i < 65; ++i) labels += "l" + std::to_string(i) + "=\"\",";
  EXPECT_THAT(warnings("a{" + labels + "} 1\n"), HasSubstr("more than 64 labels (`label_limit`)"));
  EXPECT_THAT(warnings(std::string(1028, 'n') + " 1\n"), HasSubstr("longer than 1024 bytes, once"));
  std::string many;
  for (int i = 0; i < 50'001; ++i) many += "a 1\n";
  const std::string both = warnings("# HELP a " + std::string(200'000, 'h') + "\n" + many);
  EXPECT_THAT(
      both, HasSubstr("page.txt:1:1: warning: the daemon refuses such a page: the line is longer"));
  EXPECT_THAT(both,
              HasSubstr("page.txt:50002:1: warning: the daemon refuses such a page: the page has "
                        "more than 50000 samples (`sample_limit`)\n"));
  const FaultServer old({read_request(), send("HTTP/1.0 200 OK\r\n\r\na 1\n")});
  const Outcome cut = revisitd({"scrape", old.url("/metrics")});
  EXPECT_EQ(cut.code, 0) << cut.err;
  EXPECT_THAT(cut.err, HasSubstr("neither Content-Length nor chunks"));
}

// Files that somebody checks before they are merged.
class CliCheckTest : public ::testing::Test {
 protected:
  Outcome check(const std::vector<std::string>& words) {
    std::vector<std::string> command = {"check"};
    command.insert(command.end(), words.begin(), words.end());
    return revisitd(command, "", folder.path());
  }

  collectors::TempFolder folder;
};

TEST_F(CliCheckTest, AConfigurationIsGoodOrEveryMistakeIsShownInItsLine) {
  folder.write("revisitd.yml", quick_config("signals: {rps: {rate: http_requests_total}}\n"));
  const Outcome good = check({"config"});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_EQ(good.out,
            "revisitd.yml is valid: 1 signal, 0 scrape jobs, 0 Prometheus servers, 0 receivers, 0 "
            "routes\n");
  folder.write("bad.yml",
               "global: {scrape_interval: 1.5h}\n"
               "records: {file: [a.md]}\n"
               "scrape_configs:\n"
               "  - job_name: app\n"
               "    static_configs: [{targets: ['http://a:80']}]\n"
               "    dns_sd_configs: []\n"
               "signals:\n"
               "  rps: {rate: 'http_requests_total{'}\n"
               "  nodes: {from: man, query: up}\n"
               "prometheus: [{name: main, url: 'ftp://x'}]\n"
               "routes: [{receiver: slak}]\n"
               "receivers: [{name: slack, slack: {}}]\n");
  const Outcome bad = check({"config", "bad.yml"});
  EXPECT_EQ(bad.code, 1);
  expect_golden("check-config", bad.err);
}

TEST_F(CliCheckTest, NoNumberOfWarningsHidesAMistake) {
  std::string jobs;
  for (int i = 0; i < 25; ++i) {
    jobs += "  - {job_name: j" + std::to_string(i) + ", static_configs: [{targets: ['a:1']}]}\n";
  }
  folder.write("many.yml", quick_config("scrape_configs:\n" + jobs + "rule_files: [a.yml]\n"));
  const Outcome bad = check({"config", "many.yml"});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.err, HasSubstr("`rule_files`"));
  EXPECT_THAT(bad.err, HasSubstr("warning: and 22 more warnings, not shown"));
}

TEST_F(CliCheckTest, WhatAGoodConfigurationPointsAtInVainIsAWarning) {
  folder.write("empty.url", "\n");
  folder.write("no.url", "hooks.slack.com/services/T0/B0/XXXX\n");
  folder.write("records/people.md",
               record("people", "triggers: {few: {when: members() < 2, window: 1h}}\n"));
  folder.write(
      "revisitd.yml",
      "records: {files: ['records/*.md', 'other/*.md']}\n"
      "receivers:\n"
      "  - {name: gone, slack: {api_url_file: gone.url}}\n"
      "  - {name: empty, slack: {api_url_file: empty.url}}\n"
      "  - {name: text, slack: {api_url_file: no.url}}\n"
      "  - {name: inline, webhook: {url: x}}\n"
      "routes: [{receiver: gone}, {receiver: empty}, {receiver: text}, {receiver: inline}]\n");
  folder.write("other/readme.txt", "");
  const Outcome config = check({"config"});
  EXPECT_EQ(config.code, 0);
  for (const char* said :
       {"other/*.md names no file", "receiver `gone`: secret file gone.url: No such file",
        "receiver `empty`: secret file empty.url: is empty",
        "receiver `text`: what stands in no.url is no URL", "receiver `inline`: `url` is no URL"}) {
    EXPECT_THAT(config.err, HasSubstr(said));
  }
  EXPECT_THAT(config.err, Not(HasSubstr("XXXX")));
  const Outcome records = check({"records"});
  EXPECT_EQ(records.code, 0);
  EXPECT_THAT(records.err,
              HasSubstr("records/people.md:10:12: warning: trigger `few` asks about people"));
  EXPECT_THAT(check({"records", "records/people.md"}).err, Not(HasSubstr("people and")));
}

TEST_F(CliCheckTest, RecordsAreCheckedWithOrWithoutAConfiguration) {
  folder.write("records/good.md", record("good", "triggers: {a: {when: rps > 5, window: 1h}}\n"));
  folder.write("records/bad.md",
               record("bad",
                      "envelope: {latency_p99: 100MiB}\n"
                      "triggers:\n"
                      "  a: {when: rps >> 5, window: 1h}\n"
                      "  b: {when: latency_p99 > 100MiB, window: 1h, trip: 30%, clear: 40%}\n"
                      "  c: {when: rp > 5, window: 1h, favors: go}\n"));
  folder.write("revisitd.yml",
               quick_config("signals:\n  rps: {rate: http_requests_total}\n"
                            "  latency_p99: {quantile: 0.99, series: d_seconds, unit: seconds}\n"));
  const Outcome one = check({"records", "records/good.md"});
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(one.out, "1 file, 1 decision in force\n");
  const Outcome all = check({"records"});
  EXPECT_EQ(all.code, 1);
  expect_golden("check-records", all.err);
  const json told = json::parse(check({"records", "--json"}).out);
  EXPECT_EQ(told["decisions"].size(), 1u);
  EXPECT_EQ(told["diagnostics"][0]["severity"], "error");
  EXPECT_GT(told["diagnostics"][0]["line"], 0);
  const Outcome gone = check({"records", "records/good.md", "records/goood.md"});
  EXPECT_EQ(gone.code, 1);
  EXPECT_EQ(gone.err, "records/goood.md: no such file\n");
  EXPECT_EQ(check({"records", "records/good.md", "records/*.yaml"}).code, 0);
  const Outcome none = check({"records", "records/*.txt"});
  EXPECT_EQ(none.code, 1) << "a check that looks at nothing is no check";
  EXPECT_THAT(none.err, HasSubstr("names no record file"));
}

TEST_F(CliCheckTest, RostersAreCheckedAndCounted) {
  folder.write("roster.yaml",
               "teams: {payments: {members: [{name: ana, languages: {python: fluent}}]}}\n");
  const Outcome good = check({"roster", "roster.yaml"});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_EQ(good.out, "payments: 1 member\n");
  folder.write(
      "bad.yaml",
      "teams:\n  payments:\n    members:\n      - {name: ana, languages: {python: expert}}\n"
      "      - {name: ana, since: yesterday}\n");
  const Outcome bad = check({"roster", "bad.yaml"});
  EXPECT_EQ(bad.code, 1);
  expect_golden("check-roster", bad.err);
  EXPECT_EQ(check({"roster", "none.yaml"}).code, 1);
  EXPECT_EQ(check({"roster"}).code, 1) << "no configuration here";
}

const std::string kCatalogue =
    R"([{"apiVersion":"backstage.io/v1alpha1","kind":"Group","metadata":{"name":"payments"},"spec":{}},)"
    R"({"apiVersion":"backstage.io/v1alpha1","kind":"Group","metadata":{"name":"platform"},"spec":{}},)"
    R"({"apiVersion":"backstage.io/v1alpha1","kind":"User","metadata":{"name":"ana"},)"
    R"("spec":{"memberOf":["payments","platform"]}},)"
    R"({"apiVersion":"backstage.io/v1alpha1","kind":"Component","metadata":{"name":"ledger"},)"
    R"("spec":{"type":"service","owner":"payments"}}])";
const std::string kCounts =
    "payments: 1 member\nplatform: 1 member\non all teams: 1 person\nin catalogues: 1 service\n";

TEST_F(CliCheckTest, ACatalogueAsItsApiAnswersIsARoster) {
  folder.write("all.json", kCatalogue);
  folder.write("page.txt", R"({"items":)" + kCatalogue + R"(,"pageInfo":{}})");
  for (const char* file : {"all.json", "page.txt"}) {
    const Outcome checked = check({"roster", file});
    EXPECT_EQ(checked.code, 0) << checked.err;
    EXPECT_EQ(checked.out, kCounts) << file;
  }
  const json told = json::parse(check({"roster", "--json", "all.json"}).out);
  EXPECT_EQ(told["people"], 1);
  EXPECT_EQ(told["services"][0]["owner"], "payments");
}

TEST_F(CliCheckTest, RostersOfPeersAreAsked) {
  const std::string head = "Content-Type: application/json\r\nConnection: close\r\n";
  const auto missing =
      answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  FaultServer backstage({missing, answering(ok_response(kCatalogue, head)),
                         answering(ok_response(kCatalogue, head))});
  const Outcome asked = check({"roster", backstage.url("")});
  EXPECT_EQ(asked.code, 0) << asked.err;
  EXPECT_EQ(asked.out, kCounts);
  FaultServer native(answering(ok_response(R"({"teams":{"a":{"members":[{"name":"x"}]}}})", head)));
  EXPECT_EQ(check({"roster", native.url("/people")}).out, "a: 1 member\n");
  FaultServer neither(missing);
  const Outcome refused = check({"roster", neither.url("")});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("it answered 404"));
  FaultServer mistaken({answering(ok_response(R"({"teams":{"a":{}}})", head)), missing, missing,
                        answering(ok_response(R"({"teams":{"a":{}}})", head))});
  const Outcome wrong = check({"roster", mistaken.url("/people")});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("/people:1:"));
  EXPECT_THAT(wrong.err, HasSubstr("nor is it a Backstage: it answered 404"));
}

TEST_F(CliCheckTest, RostersThatTheConfigurationNamesAreAskedWithItsCredentials) {
  FaultServer peer(answering(
      ok_response(kCatalogue, "Content-Type: application/json\r\nConnection: close\r\n")));
  folder.write("token", "sesame\n");
  folder.write("revisitd.yml", "records: {files: []}\nroster:\n  backstage_api:\n    - {url: '" +
                                   peer.url("") + "', bearer_token_file: token}\n");
  EXPECT_EQ(check({"roster"}).out, kCounts);
  EXPECT_EQ(check({"roster", "--config.file=revisitd.yml", peer.url("")}).out, kCounts);
  folder.write("http.yml", "bearer_token_file: token\n");
  EXPECT_EQ(check({"roster", "--http.config.file=http.yml", peer.url("/api/catalog/entities")}).out,
            kCounts);
  ASSERT_EQ(peer.requests().size(), 3u);
  for (const std::string& request : peer.requests())
    EXPECT_THAT(request, HasSubstr("Bearer sesame"));
}

}  // namespace
}  // namespace revisitd::testing
