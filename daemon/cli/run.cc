#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>

#include "daemon/app.h"
#include "daemon/cli/commands.h"

namespace revisitd::daemon::cli {
namespace {

namespace asio = boost::asio;

// A closed standard stream would hand its number to the database.
void reopen_standard_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1)
      static_cast<void>(::open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY));
  }
}

// Secrets are in memory: no core, no ptrace by others.
void guard_memory() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

// The soft limit guards programs that select(); nothing here does, and a fleet takes a connection
// per target.
void allow_descriptors() {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return;
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
}

class Signals {
 public:
  Signals(asio::io_context& context, App& app, Log& log)
      : set_(context, SIGTERM, SIGINT, SIGHUP), app_(app), log_(log) {
    wait();
  }
  void cancel() { set_.cancel(); }

 private:
  void wait() {
    set_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        app_.request_reload();
      } else if (stopping_) {
        log_.warn("a second signal to stop: leaving at once");
        log_.flush();
        std::_Exit(kBad);
      } else {
        stopping_ = true;
        log_.info("stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
        app_.stop();
      }
      wait();
    });
  }

  asio::signal_set set_;
  App& app_;
  Log& log_;
  bool stopping_ = false;
};

}  // namespace

int run(const RunOptions& options) {
  reopen_standard_streams();
  guard_memory();
  allow_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGQUIT, SIG_IGN);
  // Two threads work and rarely allocate at once: heaps of their own would only hold memory back,
  // and so would a threshold that grows with the largest page ever read.
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  // Its fast bins are swept at every large block that is asked for, as every scrape does; what the
  // per-thread cache holds is reused without them.
  ::mallopt(M_MXFAST, 0);
  const auto log = make_log(options.log_level, options.log_format);
  const SystemClock clock;
  AppOptions app_options;
  app_options.config_file = options.config_file;
  app_options.storage_path = options.storage_path;
  app_options.retention_time = options.retention_time;
  app_options.retention_bytes = options.retention_bytes;
  app_options.rebuild = options.rebuild;
  app_options.listen_address = options.listen_address;
  app_options.web_config_file = options.web_config_file;
  app_options.external_url = options.external_url;
  app_options.enable_lifecycle = options.enable_lifecycle;
  app_options.features = options.features;
  app_options.flags = options.flags;
  int code = kBad;
  // All sockets and timers are used on this thread alone; others only post to it.
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);
  App app(context.get_executor(), app_options, *log, clock);
  Signals signals(context, app, *log);
  asio::co_spawn(context, app.run(), [&](std::exception_ptr error, int exit_code) {
    code = exit_code;
    if (error) {
      code = kBad;
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& e) {
        log->error("stopped by an error", {{"why", e.what()}});
      }
    }
    signals.cancel();
    context.stop();
  });
  context.run();
  log->flush();
  // What is still under way belongs to a stopped program: its frames are left, not unwound.
  std::cout.flush();
  std::_Exit(code);
}

}  // namespace revisitd::daemon::cli
