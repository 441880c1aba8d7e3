#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "daemon/app_core.h"
#include "daemon/config_reach.h"
#include "daemon/notify/alert.h"
#include "daemon/sd_notify.h"

// The configuration read anew while everything runs: all of it is swapped, or nothing.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

constexpr Duration kFinish = std::chrono::seconds(1);  // for deliveries under way

}  // namespace

void AppCore::make_outbox(std::vector<storage::DeliveryRow> pending) {
  notify::OutboxOptions options;
  options.plan.instance = instance_;
  options.plan.settle = config_.global.settle;
  options.plan.digest_over = config_.global.digest_above;
  options.plan.links = {.external_url = external_url_, .record_url = config_.records.url};
  options.recipients = {config_.receivers, config_.routes};
  options.resend = config_.global.resend;
  options.seed = static_cast<std::uint32_t>(to_millis(clock_.now()));
  notify::OutboxEnvironment environment;
  environment.executor = executor_;
  environment.http = http_.get();
  environment.clock = [this] { return clock_.now(); };
  environment.commit = [this](storage::Batch batch) -> asio::awaitable<void> {
    journal_->add(std::move(batch));
    return journal_->durable();
  };
  environment.active = [this](TimePoint at) {
    return notify::active_events(engine_.decisions(), at);
  };
  environment.revisit = [this](const std::string& service) -> const rules::Revisit* {
    const auto state = engine_.decisions().find(service);
    return state == engine_.decisions().end() || !state->second.revisit ? nullptr
                                                                        : &*state->second.revisit;
  };
  environment.notices = [this](TimePoint at) { return notices_.standing(at); };
  environment.note = [this](const notify::OutboxNote& said) { note(said); };
  std::vector<std::string> names;
  for (const notify::Receiver& receiver : config_.receivers) {
    metrics_.add_receiver(receiver.name);
    names.push_back(receiver.name);
  }
  notices_.keep_only(names);
  outbox_ = std::make_unique<notify::Outbox>(std::move(options), std::move(environment));
  outbox_->load(std::move(pending));
}

void AppCore::request_reload() {
  reload_asked_ = true;
  reload_wish_.cancel();
}

asio::awaitable<void> AppCore::watch_reloads() {
  while (!loops_.cancelled()) {
    // A wish that comes while one is being granted is a new one: the files may have changed since.
    if (!std::exchange(reload_asked_, false)) {
      boost::system::error_code ignored;
      co_await reload_wish_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      continue;
    }
    static_cast<void>(co_await reload());
  }
}

asio::awaitable<Status> AppCore::reload() {
  const collectors::AsyncSemaphore::Permit permit = co_await reload_gate_.acquire();
  if (stop_asked_) co_return Error{"stopping"};
  sd_notify_reloading();
  const Status done = co_await reload_once();
  if (!stop_asked_) sd_notify("READY=1");
  co_return done;
}

Status AppCore::refuse_reload(const std::string& why) {
  runtime_.last_reload_ok = false;
  runtime_.last_reload_error = why;
  metrics_.reloaded(false, clock_.now());
  log_.error("the new configuration cannot be used; the old one stays", {{"why", why}});
  return Error{why};
}

asio::awaitable<Status> AppCore::reload_once() {
  LoadedConfig loaded = load_config(options_.config_file);
  report(loaded.diagnostics);
  if (!loaded.config) {
    co_return refuse_reload(
        loaded.diagnostics.empty() ? "unreadable" : format_location(loaded.diagnostics.front()));
  }
  report(unmet(*loaded.config));
  auto web = load_web_config();
  if (!web) co_return refuse_reload(options_.web_config_file + " cannot be used, see the log");
  HttpServerOptions tls;
  web->apply_to(tls);
  if (const Status renewed = server_->renew_tls(tls); !renewed)
    co_return refuse_reload(renewed.error().message);
  web_config_ = *std::move(web);
  make_entry();

  {
    // Nothing is judged or decided meanwhile, so that no message is planned between two outboxes.
    const collectors::AsyncSemaphore::Permit permit = co_await gate_.acquire();
    static_cast<void>(co_await journal_->settled());
    co_await outbox_->stop(kFinish);
    if (stop_asked_) co_return Error{"stopping"};
    config_ = *std::move(loaded.config);
    engine_.set_options(engine_options(config_));
    quiet_until_ = {};
    const std::unique_ptr<notify::Outbox> before = std::move(outbox_);
    make_outbox({});
    outbox_->take_over(*before);
    outbox_->start();
  }
  const Inputs::Before before{engine_.rosters().newest(), inputs_->last_good_records(),
                              inputs_->roster_readings()};
  inputs_.emplace(config_, before, watch_, http_.get());
  make_git_reader();
  look_at_roster();
  look_at_support();
  apply_peers();
  reported_.clear();
  collectors::RecordScan scan = inputs_->look_at_records(clock_.now());
  report(scan.diagnostics);
  reported_ = scan.diagnostics;
  records_settle_ = scan.settling;
  keep_records(scan);
  co_await decide(*scan.decisions);
  lengths_ = {config_.global.slots.begin(), config_.global.slots.end()};
  for (const Duration length : config_.global.slots) watch_slots(length);
  runtime_.last_reload_ok = true;
  runtime_.last_reload_error.clear();
  runtime_.config_loaded = clock_.now();
  metrics_.reloaded(true, runtime_.config_loaded);
  log_.info("configuration loaded", {{"file", options_.config_file}});
  co_return Ok{};
}

}  // namespace revisitd::daemon
