#include "daemon/app_core.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/exit_code.h"
#include "daemon/resident.h"
#include "daemon/sd_notify.h"
#include "daemon/version.h"

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

// The two stages of stopping: what is under way may finish, then it is called off. Together under
// five seconds.
constexpr Duration kFinish = std::chrono::milliseconds(1500);
constexpr Duration kCallOff = std::chrono::milliseconds(1000);

}  // namespace

AppCore::AppCore(asio::any_io_executor executor, AppOptions options, Log& log, const Clock& clock)
    : executor_(executor),
      options_(std::move(options)),
      log_(log),
      clock_(clock),
      metrics_({.version = build_info().version,
                .revision = build_info().revision,
                .compiler = build_info().compiler}),
      engine_(rules::default_engine_options()),
      gate_(executor, 1),
      reload_gate_(executor, 1),
      clock_watch_(std::nullopt),
      backfill_(backfill_environment()),
      long_past_(long_past_environment()),
      gaps_(gap_environment(), GapOptions{}),
      loops_(executor,
             [this](const std::string& name, const std::string& what) {
               fail(cli::kBad, "the loop '" + name + "' ended: " + what);
             }),
      stopping_(executor, asio::steady_timer::time_point::max()),
      hint_(executor, asio::steady_timer::time_point::max()),
      reload_wish_(executor, asio::steady_timer::time_point::max()) {
  runtime_.started = clock_.now();
  runtime_.storage_path = options_.storage_path;
}

asio::awaitable<int> AppCore::run() {
  log_.info("starting", {{"version", build_info().version}, {"config", options_.config_file}});
  prepare_for_fleet();
  std::optional<int> failed = load_config_file();
  if (!failed) failed = co_await open_store();
  if (!failed) failed = co_await restore();
  if (failed) {
    if (journal_) {
      co_await put_down();
    } else {
      co_await stop_peers();
    }
    co_return *failed;
  }
  co_await load_inputs();
  begin();
  log_.info("ready", {{"address", address()},
                      {"decisions", std::to_string(engine_.decisions().size())},
                      {"config", options_.config_file}});
  sd_notify("READY=1\nSTATUS=watching " + std::to_string(engine_.decisions().size()) +
            " decisions");
  if (options_.on_ready) options_.on_ready();
  forget_the_start();
  while (!stop_asked_) {
    boost::system::error_code ignored;
    co_await stopping_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  sd_notify("STOPPING=1");
  co_await put_down();
  log_.info("stopped", {{"exit_code", std::to_string(exit_code_)}});
  co_return exit_code_;
}

void AppCore::stop() {
  stop_asked_ = true;
  stopping_.cancel();
}

void AppCore::fail(int code, const std::string& what) {
  log_.error(what);
  if (exit_code_ == 0) exit_code_ = code;
  stop();
}

asio::awaitable<void> AppCore::stop_peers() {
  if (discovery_) discovery_->stop();
  if (scraper_) co_await scraper_->stop(kCallOff);
}

asio::awaitable<void> AppCore::put_down() {
  stop_asked_ = true;
  loaded_ = false;
  loops_.cancel();
  if (server_) co_await server_->stop(kFinish);
  co_await stop_peers();
  if (outbox_) co_await outbox_->stop(kFinish);
  save_progress();
  note_end();
  const std::size_t left = co_await loops_.join(kCallOff);
  if (left > 0) log_.warn("loops did not end in time", {{"count", std::to_string(left)}});
  co_await journal_->stop(kFinish);
  if (journal_->waiting() > 0) {
    log_.error("what could not be written is lost",
               {{"rows", std::to_string(journal_->waiting())}});
    if (exit_code_ == 0) exit_code_ = cli::kBad;
  }
  store_.close();
  log_.flush();
}

App::App(asio::any_io_executor executor, AppOptions options, Log& log, const Clock& clock)
    : core_(std::make_shared<AppCore>(std::move(executor), std::move(options), log, clock)) {}
App::~App() = default;

asio::awaitable<int> App::run() {
  const std::shared_ptr<AppCore> core = core_;
  co_return co_await core->run();
}

void App::stop() { core_->stop(); }
void App::request_reload() { core_->request_reload(); }
std::string App::address() const { return core_->address(); }
AppView& App::view() { return *core_; }

}  // namespace revisitd::daemon
