#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "collectors/cgroup_client.h"
#include "collectors/safe_file.h"
#include "daemon/app_core.h"
#include "daemon/config_reach.h"
#include "daemon/exit_code.h"
#include "daemon/listen_address.h"
#include "daemon/recorder.h"
#include "daemon/remembered.h"
#include "daemon/resident.h"
#include "daemon/sd_notify.h"
#include "daemon/version.h"
#include "daemon/web/handler.h"
#include "storage/storage_directory.h"

// Opening everything, in the order in which it depends on each other.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kWebConfigBytes = 64 * 1024;

int exit_code_of(storage::StoreTrouble trouble) {
  switch (trouble) {
    case storage::StoreTrouble::locked:
      return cli::kTemporary;
    case storage::StoreTrouble::newer:
    case storage::StoreTrouble::foreign:
      return cli::kNewerDatabase;
    case storage::StoreTrouble::full:
    case storage::StoreTrouble::io:
    case storage::StoreTrouble::gone:
      return cli::kStorageFailed;
    case storage::StoreTrouble::corrupt:
    case storage::StoreTrouble::unsafe:
      return cli::kBad;
  }
  return cli::kBad;
}

std::string random_instance() {
  std::random_device device;
  std::string id;
  for (int i = 0; i < 16; ++i) id += "0123456789abcdef"[device() & 15];
  return id;
}

// Whether what is stored is a fleet's, so that restoring it is work.
bool is_large(const std::string& directory) {
  constexpr std::uintmax_t kLarge = 4 << 20;
  std::error_code none;
  const auto size =
      std::filesystem::file_size(directory + "/" + storage::StorageDirectory::kDatabase, none);
  return !none && size > kLarge;
}

// One connection is kept per target of a fleet, as long as half of the descriptors are left for
// everything else.
std::size_t kept_connections() {
  constexpr rlim_t kMost = 20'000;
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0)
    return collectors::HttpClientOptions{}.max_idle_connections;
  return static_cast<std::size_t>(std::min(descriptors.rlim_cur / 2, kMost));
}

}  // namespace

std::optional<int> AppCore::load_config_file() {
  LoadedConfig loaded = load_config(options_.config_file);
  report(loaded.diagnostics);
  if (!loaded.config) {
    log_.error("the configuration cannot be used", {{"file", options_.config_file}});
    return cli::kBad;
  }
  config_ = *std::move(loaded.config);
  report(unmet(config_));
  runtime_.config_loaded = clock_.now();
  metrics_.reloaded(true, runtime_.config_loaded);
  engine_ = rules::Engine(engine_options(config_));
  auto web = load_web_config();
  if (!web) return cli::kBad;
  web_config_ = *std::move(web);
  return std::nullopt;
}

std::optional<WebConfig> AppCore::load_web_config() {
  if (options_.web_config_file.empty()) return WebConfig{};
  const auto text = collectors::read_file(options_.web_config_file, kWebConfigBytes);
  if (!text) {
    log_.error("the web configuration cannot be read", {{"why", text.error().message}});
    return std::nullopt;
  }
  rules::Findings findings(options_.web_config_file, text->text);
  const std::size_t slash = options_.web_config_file.rfind('/');
  auto web = parse_web_config(
      text->text, slash == std::string::npos ? "" : options_.web_config_file.substr(0, slash),
      findings);
  report(findings.list());
  return web;
}

void AppCore::prepare_for_fleet() {
  if (!is_large(options_.storage_path)) return;
  allow_own_heaps();
  // Checking a large database takes as long as reading a large configuration. Nothing is waited for
  // and nothing changed, as long as it is not known that the configuration can be used.
  store_.open_early([directory = options_.storage_path] {
    return storage::open_store(
        {.directory = directory, .lock_wait = Duration::zero(), .on_upgrade = [](const auto&) {
           throw std::runtime_error("not before the configuration is read");
         }});
  });
}

asio::awaitable<std::optional<int>> AppCore::open_store() {
  const std::string directory = options_.storage_path;
  const bool rebuild = options_.rebuild;
  const TimePoint at = clock_.now();
  Log& log = log_;
  const auto open = [directory, rebuild, at, &log] {
    const storage::StoreOptions options{
        .directory = directory, .on_upgrade = [&log](const storage::Upgrade& upgrade) {
          log.info("the database is of an older version and moves up; a copy is kept",
                   {{"from", std::to_string(upgrade.from)},
                    {"to", std::to_string(upgrade.to)},
                    {"copy", upgrade.copy}});
        }};
    try {
      return storage::open_store(options);
    } catch (const storage::StoreError& error) {
      if (!rebuild || error.trouble() != storage::StoreTrouble::corrupt) throw;
      const std::string aside = storage::set_aside(directory, at);
      log.error("the damaged database was put aside; an empty one begins",
                {{"why", error.what()}, {"aside", aside}});
      return storage::open_store(options);
    }
  };
  remembered_ = std::make_shared<Remembering>();
  const auto ahead = Inputs::ahead_reader(config_, at);
  StoreThread::Opener opener = [open, remembered = remembered_, ahead,
                                &engine = engine_](std::unique_ptr<storage::Store> early) {
    std::unique_ptr<storage::Store> store = early != nullptr ? std::move(early) : open();
    ahead->know(remember_readings(*store));
    remember(*store, engine, *remembered);
    ahead->work();
    return store;
  };
  store_.open(std::move(opener));
  // Targets are put together and records read while the store's thread is at work, and with its
  // help when it is done; until then the engine is its own.
  make_peers();
  ahead->work();
  if (remembered_->inputs_known && ahead->done()) make_inputs(ahead->take());
  try {
    co_await store_.opened();
  } catch (const storage::StoreError& error) {
    log_.error("the database cannot be used",
               {{"trouble", storage::store_trouble_name(error.trouble())}, {"why", error.what()}});
    co_return exit_code_of(error.trouble());
  }
  Journal::Hooks hooks;
  hooks.broken = [this](const storage::StoreError& error) {
    fail(cli::kStorageFailed, std::string("the database failed: ") + error.what());
  };
  hooks.committed = [this](Duration took) { metrics_.committed(took); };
  hooks.trouble = [this](std::optional<std::string> trouble) {
    if (trouble) {
      metrics_.commit_failed();
      log_.error("the database takes no writes; nothing is sent until it does",
                 {{"why", *trouble}});
    } else {
      log_.info("the database takes writes again");
    }
  };
  journal_.emplace(executor_, store_, std::move(hooks));
  journal_->start();
  if (!inputs_) make_inputs(ahead->take());
  journal_->add(std::exchange(tidying_, {}));
  co_return std::nullopt;
}

// Needs nothing of the engine, which may be the other thread's as yet.
void AppCore::make_inputs(collectors::RecordsAhead ahead) {
  RememberedInputs& before = remembered_->all.inputs;
  tidying_ = before.moves();
  for (std::string& path : ahead.gone) tidying_.erases.emplace_back(kReadingKind, std::move(path));
  inputs_.emplace(config_, before.before(), watch_, http_.get(), std::move(ahead));
  first_scan_ = inputs_->look_at_records(clock_.now());
}

void AppCore::make_peers() {
  http_ = collectors::make_http_client(executor_, {.user_agent = "revisitd/" + build_info().version,
                                                   .max_idle_connections = kept_connections()});
  pages_ = collectors::make_cgroup_client(*http_);
  collector_ = std::make_unique<collectors::SlotCollector>([this] { return clock_.now(); });
  scraper_ = collectors::make_scraper(executor_, *pages_, *collector_, {},
                                      [this] { return clock_.now(); });
  collector_->set_scraper(scraper_.get());
  apply_peers();
}

asio::awaitable<std::optional<int>> AppCore::restore() {
  Remembered all = std::move(std::exchange(remembered_, nullptr)->all);
  if (all.unread) {
    // Unknown state stops: starting without it would forget a revisit.
    log_.error("the state of a decision cannot be read",
               {{"service", all.unread->service}, {"why", all.unread->why}});
    co_return cli::kBad;
  }
  stats_ = all.stats;
  clock_watch_ = ClockWatch(all.newest);
  for (const Duration length : config_.global.slots) {
    if (const auto last = engine_.last_slot(length))
      clock_watch_.record(slot_start(*last + 1, length));
  }
  if (all.notices) notices_.read(*all.notices);
  // Read by the other thread while this one takes decisions over.
  saved_progress_ = std::make_shared<collectors::SlotCollector::SavedProgress>();
  store_.post([texts = std::move(all.progress), into = saved_progress_] {
    *into = collectors::SlotCollector::read_progress(texts);
  });
  saved_parts_ = std::move(all.parts);
  instance_ = all.instance;
  if (instance_.empty()) {
    instance_ = random_instance();
    journal_->add({.puts = {{kMetaKind, "instance", instance_}}});
  }
  if (const RememberedInputs& before = all.inputs; before.roster) {
    engine_.roster(read_again(*before.roster, before.roster_read));
    engine_.roster(read_last(*before.roster, before.roster_read));
  }
  // Messages name the address we listen on, so the server comes first; it says that we are
  // starting.
  if (const auto failed = start_server()) co_return failed;
  make_outbox(std::move(all.pending));
  saved_backfill_ = std::move(all.backfill_works);
  backfill_.plan().read_lanes(all.backfill_lanes);
  long_past_.plan().read_rows(all.past_left, all.past_series);
  co_return std::nullopt;
}

asio::awaitable<void> AppCore::load_inputs() {
  make_git_reader();
  look_at_roster();
  look_at_support();
  co_await look_at_records();
  resume_backfill();
  plan_long_past();
  want_signals();
  co_await store_.ask([](storage::Store&) {});  // so that they are read
  if (!collector_->restore(std::move(*std::exchange(saved_progress_, nullptr)))) {
    log_.warn("some slots in progress could not be read back and start anew");
  }
}

std::optional<int> AppCore::start_server() {
  // A name that means nothing is a mistake; an address that is taken may be free later.
  if (const auto address = parse_listen_address(options_.listen_address); !address) {
    log_.error("the web server cannot start", {{"why", address.error().message}});
    return cli::kBad;
  }
  HttpServerOptions options;
  options.listen_address = options_.listen_address;
  options.clock = [this] { return clock_.now(); };
  options.on_trouble = [this](std::string_view what) {
    log_.warn("web server", {{"what", std::string(what)}});
  };
  web_config_.apply_to(options);
  handler_ = web::make_web_handler(*this);
  make_entry();
  server_ = make_http_server(executor_, options,
                             [this](HttpRequest request) { return entry_(std::move(request)); });
  const Status started = server_->start();
  if (!started) {
    log_.error("the web server cannot start", {{"why", started.error().message}});
    server_.reset();
    return cli::kTemporary;
  }
  external_url_ = options_.external_url;
  while (external_url_.ends_with('/')) external_url_.pop_back();
  if (external_url_.empty()) {
    external_url_ = (web_config_.cert_file.empty() ? "http://" : "https://") + server_->address();
  }
  return std::nullopt;
}

void AppCore::make_entry() {
  HttpHandler guarded = [this](HttpRequest request) { return answer(std::move(request)); };
  entry_ = require_basic_auth(executor_, web_config_.users, std::move(guarded));
}

void AppCore::begin() {
  serving_ = loaded_ = true;
  last_beat_ = clock_.monotonic();
  scraper_->start();
  outbox_->start();
  note_start();
  journal_->add(std::exchange(readings_, {}));
  lengths_ = {config_.global.slots.begin(), config_.global.slots.end()};
  open_gaps(std::nullopt);
  if (!gaps_.is_open()) start_backfill();
  start_long_past();
  for (const Duration length : config_.global.slots) watch_slots(length);
  loops_.spawn("time", keep_time());
  loops_.spawn("records", watch_records());
  loops_.spawn("hints", watch_hints());
  loops_.spawn("rosters", watch_rosters());
  loops_.spawn("served rosters", ask_for_rosters());
  loops_.spawn("git", watch_git());
  loops_.spawn("reloads", watch_reloads());
  loops_.spawn("maintenance", maintain());
}

}  // namespace revisitd::daemon
