#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "daemon/web/address.h"
#include "tests/unit/daemon/web/sample_fleet.h"
#include "tests/unit/daemon/web/web_client.h"

namespace revisitd::daemon::web {
namespace {

using testing::HasSubstr;
using testing::Not;

// Well-formed XML, as browsers need it for drawings and as proves that every value was escaped.
void expect_well_formed(const std::string& body) {
  const std::string path =
      testing::TempDir() + "/revisitd_pages_test_" + std::to_string(getpid()) + ".xml";
  std::ofstream(path) << body;
  std::FILE* tool = popen(("xmllint --noout --nonet " + path + " 2>&1").c_str(), "r");
  ASSERT_NE(tool, nullptr);
  std::string said;
  for (int c = std::fgetc(tool); c != EOF; c = std::fgetc(tool)) said += static_cast<char>(c);
  EXPECT_EQ(pclose(tool), 0);
  EXPECT_EQ(said, "");
  std::remove(path.c_str());
}

const std::vector<std::string> kPages = {"/",        "/revisits",   "/trail",
                                         "/targets", "/deliveries", "/roster",
                                         "/records", "/teams",      "/advise"};

struct PagesTest : testing::Test {
  static FakeApp& sample() {
    static const std::unique_ptr<FakeApp> kSample = sample_fleet(2);
    return *kSample;
  }
};

TEST_F(PagesTest, AllAreWellFormedAndHaveNoScripts) {
  std::vector<std::string> pages = kPages;
  for (const char* service : {"checkout", "reports", "ingest", "search"}) {
    pages.push_back(std::string("/service/") + service);
    pages.push_back(std::string("/service/") + service + "/draft");
  }
  pages.push_back(
      "/advise?workload=network-service&team=payments&latency_p99=100ms&error_ratio=1%25&memory=");
  for (const std::string& page : pages) {
    SCOPED_TRACE(page);
    const HttpResponse response = get(sample(), page);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
    EXPECT_THAT(header_of(response, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_THAT(response.body, Not(HasSubstr("<script")));
    EXPECT_THAT(response.body, Not(HasSubstr(" style=")));
    expect_well_formed(response.body);
  }
}

TEST_F(PagesTest, DeadLettersSayHowTheyAreSentAgain) {
  const std::string body = get(sample(), "/deliveries").body;
  EXPECT_THAT(body, HasSubstr("/api/v1/deliveries/ID/requeue</code>"));
  EXPECT_THAT(body, HasSubstr("<code>d-2</code></td>"));
  EXPECT_THAT(get(sample(), "/deliveries?state=pending").body,
              ::testing::Not(HasSubstr("requeue")));
}

TEST_F(PagesTest, TheStatusPageShowsVerdictsNumbersAndProblems) {
  const std::string body = get(sample(), "/").body;
  EXPECT_THAT(
      body,
      HasSubstr(
          R"(<span class="chip tripped">tripped</span><span class="name">tail-latency</span>)"));
  EXPECT_THAT(body, HasSubstr(R"(<span class="num">85.03%</span>)"));
  EXPECT_THAT(body, HasSubstr("records/mobile.md:17:11"));
  EXPECT_THAT(body, HasSubstr("1 delivery was given up"));
  EXPECT_THAT(body, HasSubstr("1 target is down"));
  EXPECT_LT(body.find("/service/checkout"), body.find("/service/search"));
}

TEST_F(PagesTest, TheStatusPageIsFiltered) {
  const std::string body = get(sample(), "/?team=insights").body;
  EXPECT_THAT(body, HasSubstr("/service/reports"));
  EXPECT_THAT(body, Not(HasSubstr("/service/checkout")));
  EXPECT_THAT(body, HasSubstr(R"(<option value="insights" selected="selected">)"));
  EXPECT_THAT(get(sample(), "/?q=nothing-like-it").body, HasSubstr("No decision matches"));
}

TEST_F(PagesTest, AServicePageShowsCardsPlotsAndTheRevisit) {
  const std::string body = get(sample(), "/service/checkout").body;
  for (const char* piece :
       {"latency_p99 &gt; 100ms", "provided <code>rps &gt;= 1200</code>", "in breach now", "85.03%",
        "1008 slots of 10m: 494 breach, 87 ok, 398 idle, 29 blind", "class=\"line-threshold\"",
        "class=\"onset\"", "class=\"band\"", "aria-labelledby=\"revisit\"",
        "Python was chosen while", "of 40% needed", "id=\"envelope\"", "revisit.opened"}) {
    EXPECT_THAT(body, HasSubstr(piece));
  }
  EXPECT_EQ(get(sample(), "/service/none").status, 404);
}

TEST_F(PagesTest, AValueThatIsNotOfNowIsSaidToBeOld) {
  const std::string page = get(sample(), "/service/ingest").body;
  EXPECT_THAT(page, HasSubstr("cannot be told now"));
  EXPECT_THAT(page, Not(HasSubstr("in breach now")));
  EXPECT_THAT(page,
              HasSubstr("<code>memory</code> last seen <time datetime=\"2026-11-21T12:00:00Z\""));
}

TEST_F(PagesTest, RevisitsHaveAPageOfTheirOwn) {
  const std::string id = sample().core.decisions().at("checkout").revisit->id;
  EXPECT_THAT(get(sample(), "/revisit/" + id).body, HasSubstr(id));
  EXPECT_EQ(get(sample(), "/revisit/none").status, 404);
}

TEST_F(PagesTest, ThousandsOfServicesComeInPages) {
  const auto app = sample_fleet(0);
  std::vector<std::shared_ptr<const rules::Decision>> many;
  for (int i = 0; i < 450; ++i) {
    rules::Decision d = *app->core.decisions().at("search").decision;
    d.service = "s" + std::to_string(1000 + i);
    many.push_back(std::make_shared<const rules::Decision>(std::move(d)));
  }
  app->core.decide(app->clock, many, {});
  const std::string last = get(*app, "/?page=3&team=discovery").body;
  EXPECT_THAT(last, HasSubstr("Page 3 of 3"));
  EXPECT_THAT(last, HasSubstr("/service/s1449"));
  EXPECT_THAT(last, Not(HasSubstr("/service/s1399")));
  EXPECT_THAT(last, HasSubstr("?team=discovery&amp;page=2"));
  EXPECT_THAT(get(*app, "/?page=99").body, HasSubstr("Page 3 of 3"));
}

TEST_F(PagesTest, TheStyleSheetIsValidatedByItsTag) {
  const HttpResponse whole = get(sample(), "/style.css");
  EXPECT_EQ(whole.content_type, "text/css; charset=utf-8");
  EXPECT_THAT(whole.body, HasSubstr("prefers-color-scheme"));
  EXPECT_THAT(whole.body, Not(HasSubstr("http")));
  const HttpResponse again =
      send(sample(), "GET", "/style.css", "", {{"if-none-match", header_of(whole, "ETag")}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
}

TEST_F(PagesTest, DrawingsEmbedElsewhere) {
  for (const char* path : {"/plot/checkout/latency_p99.svg", "/plot/checkout/rps.svg?range=30d",
                           "/plot/ingest/error_ratio.svg", "/badge/checkout.svg"}) {
    SCOPED_TRACE(path);
    const HttpResponse response = get(sample(), path);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "image/svg+xml");
    EXPECT_EQ(header_of(response, "Cache-Control"), "public, max-age=60");
    expect_well_formed(response.body);
  }
  EXPECT_THAT(get(sample(), "/badge/checkout.svg").body, HasSubstr("python, revisit open"));
  EXPECT_THAT(get(sample(), "/badge/search.svg").body, HasSubstr("go stands"));
  EXPECT_EQ(get(sample(), "/badge/none.svg").status, 404);
  EXPECT_EQ(get(sample(), "/plot/checkout/none.svg").status, 404);
  EXPECT_EQ(get(sample(), "/plot/checkout/rps.svg?range=x").status, 400);
}

// Names that end tags, attributes and styles, break UTF-8 and turn the reading direction.
const std::string kHostileService = "<svg onload=alert(1)>\"'&{}\u202E]]>";
const std::string kHostile = kHostileService + "\xff";

std::unique_ptr<FakeApp> hostile_fleet() {
  auto app = sample_fleet(0);
  rules::Decision d = *app->core.decisions().at("checkout").decision;
  d.service = kHostileService;
  d.team = d.title = d.workload = d.path = d.id = d.runtime = kHostile;
  d.language = d.alternatives[0] = kHostile;
  d.superseded_by = "javascript:alert(1)";
  for (rules::Trigger& trigger : d.triggers)
    trigger.name = trigger.why = trigger.favours = kHostile;
  d.triggers.erase(d.triggers.begin() + 1, d.triggers.end());
  d.triggers[0].window = std::chrono::minutes(10);
  d.triggers[0].provided.reset();
  app->core.decide(app->clock, {std::make_shared<const rules::Decision>(d)}, {});
  const std::int64_t slot = slot_index(app->clock, std::chrono::minutes(1));
  for (std::int64_t i = slot; i < slot + 10; ++i) {
    rules::SlotReading reading{
        std::chrono::minutes(1), slot_start(i, std::chrono::minutes(1)), {}, false};
    reading.services.push_back(
        {kHostileService, {{"latency_p99", rules::SlotValue::exact(9), {}}}});
    app->keep(app->core.judge(reading));
  }
  const auto acted = app->core.act(app->clock, {rules::Action::Kind::snooze,
                                                kHostileService,
                                                kHostile,
                                                kHostile,
                                                app->clock + std::chrono::hours(9),
                                                {},
                                                {}});
  if (!acted) throw std::runtime_error(acted.error().message);
  app->keep(*acted);
  app->target_rows = {{kHostile,
                       kHostile,
                       kHostile,
                       kHostile,
                       {{kHostile, kHostile}},
                       "down",
                       kHostile,
                       {},
                       {},
                       0,
                       {}}};
  app->record_rows = {{kHostile,
                       kHostile,
                       kHostile,
                       true,
                       true,
                       {{kHostile, {1, 2}, kHostile, kHostile, Severity::error}}}};
  app->delivery_rows = {{kHostile,
                         kHostile,
                         kHostile,
                         kHostile,
                         kHostile,
                         "{}",
                         storage::DeliveryState::dead,
                         1,
                         {},
                         {},
                         {},
                         kHostile}};
  app->trail_rows.push_back(
      {99, app->clock, kHostile, kHostile, kHostile, kHostile, "", kHostile, "{"});
  app->roster_state = {kHostile, app->clock, false, kHostile};
  app->run.last_reload_ok = false;
  app->run.last_reload_error = kHostile + "\n" + kHostile;
  app->ready_state = {false, {kHostile}};
  rules::Roster roster{
      {{kHostile, {kHostile, {{kHostile, {{kHostile, rules::Fluency::fluent}}, {}, {}}}}}},
      app->clock,
      std::chrono::hours(1),
      kHostile};
  app->core.roster(std::make_shared<const rules::Roster>(roster));
  app->names_shown = true;
  return app;
}

TEST(HostileNamesTest, AreTextOnEveryPage) {
  const auto app = hostile_fleet();
  ASSERT_TRUE(app->core.decisions().at(kHostileService).revisit);
  std::vector<std::string> pages = kPages;
  pages.push_back("/?team=" + percent_encode("\"><script>alert(1)</script>") +
                  "&q=%22%3E%3Cscript%3E");
  for (const char* folder : {"/service/", "/badge/", "/plot/"}) {
    const bool plot = folder == std::string("/plot/");
    pages.push_back(folder + percent_encode(kHostileService) +
                    (plot                               ? "/latency_p99.svg"
                     : folder == std::string("/badge/") ? ".svg"
                                                        : ""));
  }
  pages.push_back("/service/" + percent_encode(kHostileService) + "/draft");
  pages.push_back("/trail?service=%22%3E%3Cscript%3E");
  pages.push_back("/advise?team=%22%3E%3Cscript%3E&%22%3E%3Cscript%3E=5&latency_p99=9s");
  for (const std::string& page : pages) {
    SCOPED_TRACE(page);
    const HttpResponse response = get(*app, page);
    EXPECT_EQ(response.status, page.starts_with("/advise?") ? 400 : 200);
    for (const char* bad : {"<svg onload", "<script", "\u202E", "\xff", "href=\"javascript:"}) {
      EXPECT_THAT(response.body, Not(HasSubstr(bad)));
    }
    expect_well_formed(response.body);
  }
}

}  // namespace
}  // namespace revisitd::daemon::web
