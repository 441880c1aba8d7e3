#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "daemon/notify/alert.h"
#include "daemon/notify/dispatch.h"
#include "daemon/notify/outbox.h"
#include "tests/integration/child_process.h"
#include "tests/unit/collectors/temp_folder.h"
#include "tests/unit/daemon/notify/samples.h"
#include "tests/unit/daemon/running_server.h"

// The outbox against the real Alertmanager: what we post is what it shows and sends on.
namespace revisitd::daemon::notify {
namespace {

namespace asio = boost::asio;
using nlohmann::json;
using rules::EventType;
using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint clock_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

// What the Alertmanager sends to its webhook receiver.
class Hook {
 public:
  std::vector<json> bodies() const {
    const std::lock_guard lock(mutex_);
    return bodies_;
  }
  std::string url() const { return "http://" + server_.address() + "/hook"; }

 private:
  HttpResponse take(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    bodies_.push_back(json::parse(request.body));
    return {};
  }
  static HttpServerOptions options() {
    HttpServerOptions options;
    options.listen_address = "127.0.0.1:0";
    options.max_body_bytes = 1 << 20;
    return options;
  }

  mutable std::mutex mutex_;
  std::vector<json> bodies_;
  testing::RunningServer server_{[this](const HttpRequest& request) { return take(request); },
                                 options()};
};

class AlertmanagerTest : public ::testing::Test {
 protected:
  AlertmanagerTest() { start_alertmanager(); }
  ~AlertmanagerTest() override {
    if (outbox_) asio::co_spawn(io_, outbox_->stop(seconds(0)), asio::detached);
    io_.restart();
    io_.run_for(seconds(5));
  }

  void start_alertmanager() {
    const std::string program = testing::find_program("prometheus-alertmanager");
    ASSERT_NE(program, "") << "the Debian package prometheus-alertmanager is not installed";
    std::ofstream(folder_ / "am.yml") << "route:\n"
                                         "  receiver: hook\n"
                                         "  group_by: [alertname, service]\n"
                                         "  group_wait: 0s\n"
                                         "  group_interval: 1s\n"
                                         "receivers:\n"
                                         "  - name: hook\n"
                                         "    webhook_configs: [{url: '"
                                      << hook_.url() << "', send_resolved: true}]\n";
    url_ = "http://127.0.0.1:" + std::to_string(testing::free_port());
    process_.emplace(std::vector<std::string>{program, "--config.file=" + (folder_ / "am.yml"),
                                              "--storage.path=" + (folder_ / "data"),
                                              "--web.listen-address=" + url_.substr(7),
                                              "--cluster.listen-address="},
                     folder_ / "log");
    const bool ready = wait_for([this] { return get("/-/ready").status == 200; });
    std::ifstream log(folder_ / "log");
    ASSERT_TRUE(ready) << log.rdbuf();
  }

  void start_outbox(Duration resend) {
    Receiver receiver = alertmanager_receiver();
    receiver.alertmanager.urls = {url_ + "/"};
    OutboxOptions options;
    options.plan.instance = "instance-1";
    options.plan.settle = seconds(0);
    options.plan.links.external_url = "https://revisit.example.org";
    options.limits.spacing = milliseconds(1);
    options.recipients.receivers = {receiver};
    options.resend = resend;
    OutboxEnvironment environment;
    environment.executor = io_.get_executor();
    environment.http = http_.get();
    environment.clock = clock_now;
    environment.commit = [this](storage::Batch batch) { return commit(std::move(batch)); };
    environment.active = [this](TimePoint) { return standing_; };
    outbox_ = std::make_unique<Outbox>(std::move(options), std::move(environment));
    outbox_->start();
  }

  asio::awaitable<void> commit(storage::Batch batch) {
    for (const storage::DeliveryRow& row : batch.deliveries) committed_.push_back(row);
    co_return;
  }

  void tell(const rules::Event& event) { outbox_->accept(outbox_->plan({event})); }

  // Runs the network until the condition holds; false after 20 s.
  template <class Condition>
  bool wait_for(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      if (condition()) return true;
      io_.restart();
      io_.run_for(milliseconds(50));
      if (!process_->running()) return false;
    }
    return false;
  }

  static asio::awaitable<void> fetch(collectors::HttpClient& http, std::string url,
                                     std::optional<collectors::FetchResponse>& out) {
    collectors::FetchRequest request;
    request.url = std::move(url);
    request.timeout = seconds(2);
    const auto answer = co_await http.fetch(std::move(request));
    out = answer ? *answer : collectors::FetchResponse{};
  }

  collectors::FetchResponse get(const std::string& path) {
    std::optional<collectors::FetchResponse> response;
    asio::co_spawn(io_, fetch(*http_, url_ + path, response), asio::detached);
    io_.restart();
    while (!response) io_.run_one();
    return *response;
  }

  json alerts() { return json::parse(get("/api/v2/alerts").body); }

  collectors::TempFolder folder_;
  Hook hook_;
  asio::io_context io_;
  std::unique_ptr<collectors::HttpClient> http_ =
      collectors::make_http_client(io_.get_executor(), {});
  std::string url_;
  std::optional<testing::ChildProcess> process_;
  std::unique_ptr<Outbox> outbox_;
  std::vector<storage::DeliveryRow> committed_;
  std::vector<rules::Event> standing_;
};

rules::Event happening(EventType type, TimePoint at) {
  rules::Event event = event_of(type, at);
  event.revisit->since = at - seconds(60);
  return event;
}

TEST_F(AlertmanagerTest, ShowsAnOpenedRevisitAndForgetsItWhenConcluded) {
  start_outbox(std::chrono::hours(1));
  const rules::Event opened = happening(EventType::revisit_opened, clock_now());
  tell(opened);
  ASSERT_TRUE(wait_for([this] { return alerts().size() == 1; }));
  const json shown = alerts()[0];
  const Alert ours = event_alert(opened, {"https://revisit.example.org", ""});
  EXPECT_EQ(shown["labels"], json(ours.labels));
  EXPECT_EQ(shown["annotations"], json(ours.annotations));
  EXPECT_EQ(shown["fingerprint"], fingerprint(ours.labels));
  EXPECT_EQ(parse_time(shown["startsAt"].get<std::string>()).has_value(), true);
  EXPECT_EQ(*parse_time(shown["startsAt"].get<std::string>()), ours.starts_at);
  ASSERT_EQ(committed_.size(), 1U);
  EXPECT_EQ(committed_[0].state, storage::DeliveryState::delivered);

  rules::Event concluded = happening(EventType::revisit_concluded, clock_now());
  concluded.revisit->since = opened.revisit->since;
  tell(concluded);
  EXPECT_TRUE(wait_for([this] { return alerts().empty(); }));
}

TEST_F(AlertmanagerTest, WhatStandsIsKeptAliveAndRunsOutWhenItIsNotSaidAgain) {
  standing_ = {happening(EventType::revisit_opened, clock_now())};
  start_outbox(milliseconds(250));
  ASSERT_TRUE(wait_for([this] { return alerts().size() == 1; }));
  const std::string first = alerts()[0]["endsAt"];
  EXPECT_TRUE(wait_for([&] { return alerts().at(0)["endsAt"] != first; }));
  standing_.clear();
  EXPECT_TRUE(wait_for([this] { return alerts().empty(); }));
}

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

TEST_F(AlertmanagerTest, ItsWebhookHasTheKeysAndTheGroupOfOurs) {
  start_outbox(std::chrono::hours(1));
  const rules::Event opened = happening(EventType::revisit_opened, clock_now());
  tell(opened);
  ASSERT_TRUE(wait_for([this] { return !hook_.bodies().empty(); }));
  const json theirs = hook_.bodies()[0];
  const LinkOptions links{"https://revisit.example.org", ""};
  const json ours = json::parse(alertmanager_v4_body("hook", {event_alert(opened, links)}, links));
  EXPECT_EQ(keys(ours), keys(theirs));
  EXPECT_EQ(keys(ours["alerts"][0]), keys(theirs["alerts"][0]));
  for (const char* key : {"version", "groupKey", "groupLabels", "commonLabels", "status",
                          "receiver", "commonAnnotations", "truncatedAlerts"}) {
    EXPECT_EQ(ours[key], theirs[key]) << key;
  }
  for (const char* key : {"fingerprint", "generatorURL", "labels", "annotations", "status"}) {
    EXPECT_EQ(ours["alerts"][0][key], theirs["alerts"][0][key]) << key;
  }

  rules::Event subsided = happening(EventType::revisit_subsided, clock_now());
  subsided.revisit->since = opened.revisit->since;
  tell(subsided);
  ASSERT_TRUE(wait_for([this] {
    const auto bodies = hook_.bodies();
    return bodies.back()["status"] == "resolved";
  }));
  EXPECT_EQ(hook_.bodies().back()["alerts"][0]["fingerprint"], theirs["alerts"][0]["fingerprint"]);
}

asio::awaitable<void> try_receiver(collectors::HttpClient& http, Receiver receiver,
                                   std::optional<Judgement>& out) {
  Judgement judgement = co_await send_test(http, std::move(receiver), {}, clock_now());
  out = std::move(judgement);
}

TEST_F(AlertmanagerTest, TheTestMessageIsAccepted) {
  Receiver receiver = alertmanager_receiver();
  receiver.alertmanager.urls = {url_};
  std::optional<Judgement> judgement;
  asio::co_spawn(io_, try_receiver(*http_, receiver, judgement), asio::detached);
  ASSERT_TRUE(wait_for([&] { return judgement.has_value(); }));
  EXPECT_EQ(judgement->verdict, AttemptVerdict::accepted) << judgement->reason;
}

}  // namespace
}  // namespace revisitd::daemon::notify
