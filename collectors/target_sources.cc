#include "collectors/target_sources.h"

#include <glob.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <set>
#include <utility>

#include "collectors/file_discovery.h"

namespace revisitd::collectors {
namespace {

using boost::asio::awaitable;

constexpr Duration kSettles = std::chrono::seconds(1);

class FileSource final : public TargetSource {
 public:
  FileSource(std::vector<std::string> patterns, Duration refresh_interval)
      : patterns_(patterns), files_(std::move(patterns)), refresh_interval_(refresh_interval) {}

  DiscoveryMechanism mechanism() const override { return DiscoveryMechanism::file; }
  std::string where() const override {
    std::string all;
    for (const std::string& pattern : patterns_) all += (all.empty() ? "" : ", ") + pattern;
    return all;
  }
  Duration pause(bool /*failed*/) const override {
    return unsettled_ ? std::min(kSettles, refresh_interval_) : refresh_interval_;
  }

  std::optional<Status> at_once() override {
    const FileDiscovery::Look look = files_.look();
    unsettled_ = look.unsettled;
    if (look.problems.empty()) return Status(Ok{});
    std::string all;
    for (const Diagnostic& d : look.problems) all += (all.empty() ? "" : "; ") + format_location(d);
    return Status(Error{all});
  }
  awaitable<Status> refresh(std::function<void()> /*changed*/) override { co_return *at_once(); }

  std::vector<TargetGroup> groups() const override { return files_.groups(); }
  std::vector<std::string> directories() const override { return files_.directories(); }

 private:
  std::vector<std::string> patterns_;
  FileDiscovery files_;
  Duration refresh_interval_;
  bool unsettled_ = false;
};

class HttpSource final : public TargetSource {
 public:
  HttpSource(HttpClient& client, HttpDiscoverySpec spec) : http_(client, std::move(spec)) {}

  DiscoveryMechanism mechanism() const override { return DiscoveryMechanism::http; }
  std::string where() const override { return http_.spec().url; }
  Duration pause(bool /*failed*/) const override { return http_.spec().refresh_interval; }
  awaitable<Status> refresh(std::function<void()> /*changed*/) override {
    const auto done = co_await http_.refresh();
    co_return done ? Status(Ok{}) : Status(done.error());
  }
  std::vector<TargetGroup> groups() const override { return http_.groups(); }

 private:
  HttpDiscovery http_;
};

std::string trimmed(std::string path) {
  while (path.starts_with('/')) path.erase(0, 1);
  while (path.ends_with('/')) path.pop_back();
  return path;
}

class CgroupSource final : public TargetSource {
 public:
  explicit CgroupSource(CgroupSpec spec) : spec_(std::move(spec)) {}

  DiscoveryMechanism mechanism() const override { return DiscoveryMechanism::cgroup; }
  std::string where() const override {
    std::string all;
    for (const std::string& path : spec_.paths)
      all += (all.empty() ? "" : ", ") + spec_.root + "/" + trimmed(path);
    return all;
  }
  Duration pause(bool /*failed*/) const override { return spec_.refresh_interval; }

  std::optional<Status> at_once() override {
    std::set<std::string> found;
    std::string missing;
    for (const std::string& path : spec_.paths) {
      const std::string pattern = spec_.root + "/" + trimmed(path);
      const std::set<std::string> groups = matching_directories(pattern);
      if (groups.empty() && pattern.find_first_of("*?[") == std::string::npos)
        missing += (missing.empty() ? "" : ", ") + pattern;
      found.insert(groups.begin(), groups.end());
    }
    group_ = {.source = where(), .targets = {}, .labels = spec_.labels};
    for (const std::string& directory : found) group_.targets.push_back(labels_of(directory));
    if (!missing.empty()) return Status(Error{missing + ": no such control group"});
    return Status(Ok{});
  }
  awaitable<Status> refresh(std::function<void()> /*changed*/) override { co_return *at_once(); }

  std::vector<TargetGroup> groups() const override { return {group_}; }

 private:
  static std::set<std::string> matching_directories(const std::string& pattern) {
    std::set<std::string> found;
    ::glob_t matches{};
    if (::glob(pattern.c_str(), GLOB_ONLYDIR, nullptr, &matches) == 0) {
      for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
        std::error_code ignored;
        const std::filesystem::path path(matches.gl_pathv[i]);
        if (std::filesystem::is_directory(std::filesystem::symlink_status(path, ignored)))
          found.insert("/" + trimmed(path.string()));
      }
    }
    ::globfree(&matches);
    return found;
  }

  LabelSet labels_of(const std::string& directory) const {
    const std::string path =
        trimmed(directory.substr(std::min(spec_.root.size(), directory.size())));
    return {{"__address__", directory},
            {"__meta_cgroup_path", path},
            {"__meta_cgroup_name", path.substr(path.rfind('/') + 1)},
            {"instance", path.empty() ? "/" : path}};
  }

  CgroupSpec spec_;
  TargetGroup group_;
};

}  // namespace

std::unique_ptr<TargetSource> make_file_source(std::vector<std::string> patterns,
                                               Duration refresh_interval) {
  return std::make_unique<FileSource>(std::move(patterns), refresh_interval);
}

std::unique_ptr<TargetSource> make_http_source(HttpClient& client, HttpDiscoverySpec spec) {
  return std::make_unique<HttpSource>(client, std::move(spec));
}

std::unique_ptr<TargetSource> make_cgroup_source(CgroupSpec spec) {
  return std::make_unique<CgroupSource>(std::move(spec));
}

}  // namespace revisitd::collectors
