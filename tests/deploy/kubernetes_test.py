"""The manifests as far as they can be judged without a cluster: kustomize is not in Debian 12, so its generators and
references are followed here."""

import pathlib
import re
import tempfile

import yaml

from subject import DEPLOY, Case, main, revisitd

ROOT = DEPLOY / "kubernetes"
RESTRICTED_VOLUMES = {"configMap", "secret", "persistentVolumeClaim", "emptyDir", "projected", "downwardAPI"}


class Kustomization:
    """One folder with everything it takes in."""

    def __init__(self, folder):
        self.objects = []
        self.generated = {}  # (kind, name) -> {key: file}
        self._read(folder)

    def _read(self, folder):
        spec = yaml.safe_load((folder / "kustomization.yaml").read_text())
        for name in spec.get("resources", []):
            path = (folder / name).resolve()
            if path.is_dir():
                self._read(path)
            else:
                self.objects += [one for one in yaml.safe_load_all(path.read_text()) if one]
        for kind, key in (("ConfigMap", "configMapGenerator"), ("Secret", "secretGenerator")):
            for entry in spec.get(key, []):
                files = {pathlib.Path(file).name: folder / file for file in entry["files"]}
                self.generated[(kind, entry["name"])] = files

    def of_kind(self, kind):
        return [one for one in self.objects if one["kind"] == kind]

    def workload(self):
        found = self.of_kind("StatefulSet") + self.of_kind("Deployment")
        assert len(found) == 1
        return found[0]

    def pod(self):
        return self.workload()["spec"]["template"]["spec"]

    def revisitd(self):
        pod = self.pod()
        return next(c for c in pod.get("initContainers", []) + pod["containers"] if c["name"] == "revisitd")

    def lay_out(self, root):
        """Puts the files where the volumes would show them, below `root`; returns the folder of /etc/revisitd."""
        volumes = {volume["name"]: volume for volume in self.pod()["volumes"]}
        for mount in self.revisitd()["volumeMounts"]:
            volume = volumes.get(mount["name"], {})
            key = ("ConfigMap", volume["configMap"]["name"]) if "configMap" in volume else \
                ("Secret", volume["secret"]["secretName"]) if "secret" in volume else None
            if key is None:
                continue
            folder = root / mount["mountPath"].lstrip("/")
            folder.mkdir(parents=True)
            for name, file in self.generated[key].items():
                (folder / name).write_text(file.read_text().replace("/etc/revisitd/", f"{root}/etc/revisitd/"))
        return root / "etc" / "revisitd"


class Manifests(Case):
    def each(self):
        for name in ("central", "sidecar"):
            with self.subTest(name):
                yield Kustomization(ROOT / name)

    def test_refer_to_what_is_there(self):
        for k in self.each():
            pod, workload = k.pod(), k.workload()
            claims = {claim["metadata"]["name"] for claim in k.of_kind("PersistentVolumeClaim")}
            for volume in pod["volumes"]:
                if "configMap" in volume:
                    self.assertIn(("ConfigMap", volume["configMap"]["name"]), k.generated)
                elif "secret" in volume:
                    self.assertIn(("Secret", volume["secret"]["secretName"]), k.generated)
                else:
                    self.assertIn(volume["persistentVolumeClaim"]["claimName"], claims)
            names = {volume["name"] for volume in pod["volumes"]}
            names |= {t["metadata"]["name"] for t in workload["spec"].get("volumeClaimTemplates", [])}
            self.assertEqual(names, {mount["name"] for mount in k.revisitd()["volumeMounts"]})
            accounts = {account["metadata"]["name"] for account in k.of_kind("ServiceAccount")}
            self.assertIn(pod["serviceAccountName"], accounts)
            labels = workload["spec"]["template"]["metadata"]["labels"]
            selectors = [service["spec"]["selector"] for service in k.of_kind("Service")]
            for selector in selectors + [workload["spec"]["selector"]["matchLabels"]]:
                self.assertLessEqual(selector.items(), labels.items())

    def test_embed_configuration_records_and_roster_that_pass_the_checks(self):
        for k in self.each():
            with tempfile.TemporaryDirectory() as name:
                etc = k.lay_out(pathlib.Path(name))
                self.assert_checks(etc / "config")
                secrets = re.findall(r"_file: ([^\s}]+)", (etc / "config" / "revisitd.yml").read_text())
                self.assertTrue(secrets)
                for path in secrets:
                    self.assertTrue(pathlib.Path(path).is_file(), path)

    def test_use_flags_that_exist(self):
        known = revisitd("run", "--help").stdout
        for k in self.each():
            args = k.revisitd()["args"]
            self.assertEqual("run", args[0])
            for flag in args[1:]:
                self.assertIn(flag.split("=")[0] + " ", known)

    def test_find_configuration_and_state_where_they_are_mounted(self):
        for k in self.each():
            flags = dict(arg.split("=", 1) for arg in k.revisitd()["args"][1:])
            mounts = {mount["mountPath"]: mount for mount in k.revisitd()["volumeMounts"]}
            self.assertIn(str(pathlib.PurePath(flags["--config.file"]).parent), mounts)
            # The root of a volume belongs to root; a folder in it is made by revisitd, for itself alone.
            state = pathlib.PurePath(flags["--storage.path"])
            self.assertIn(str(state.parent), mounts)
            self.assertFalse(mounts[str(state.parent)].get("readOnly", False))

    def test_probe_ports_that_are_open(self):
        for k in self.each():
            container = k.revisitd()
            ports = {port["name"]: port["containerPort"] for port in container["ports"]}
            listen = next(arg for arg in container["args"] if arg.startswith("--web.listen-address="))
            self.assertEqual([int(listen.rpartition(":")[2])], list(ports.values()))
            probes = {name: probe["httpGet"] for name, probe in container.items() if name.endswith("Probe")}
            self.assertEqual("/-/ready", probes["startupProbe"]["path"])
            self.assertEqual("/-/healthy", probes["livenessProbe"]["path"])
            for probe in probes.values():
                self.assertIn(probe["port"], ports)

    def test_fit_the_restricted_pod_security_standard(self):
        for k in self.each():
            pod = k.pod()
            self.assertTrue(pod["securityContext"]["runAsNonRoot"])
            self.assertEqual("RuntimeDefault", pod["securityContext"]["seccompProfile"]["type"])
            for volume in pod["volumes"]:
                self.assertLessEqual(set(volume) - {"name"}, RESTRICTED_VOLUMES)
            for container in pod.get("initContainers", []) + pod["containers"]:
                context = container["securityContext"]
                self.assertIs(False, context["allowPrivilegeEscalation"])
                self.assertIs(True, context["readOnlyRootFilesystem"])
                self.assertEqual(["ALL"], context["capabilities"]["drop"])
                self.assertIn("memory", container["resources"]["limits"])
                self.assertGreater(context.get("runAsUser", pod["securityContext"].get("runAsUser", 0)), 0)

    def test_leave_the_rights_of_the_database_alone(self):
        for k in self.each():
            self.assertEqual("OnRootMismatch", k.pod()["securityContext"]["fsGroupChangePolicy"])

    def test_never_run_two_on_one_database(self):
        for k in self.each():
            spec = k.workload()["spec"]
            self.assertEqual(1, spec["replicas"])
            if k.workload()["kind"] == "Deployment":
                self.assertEqual("Recreate", spec["strategy"]["type"])

    def test_make_the_sidecar_a_native_one(self):
        container = Kustomization(ROOT / "sidecar").pod()["initContainers"][0]
        self.assertEqual(("revisitd", "Always"), (container["name"], container["restartPolicy"]))

    def test_name_the_image_of_this_version(self):
        version = re.search(r"revisitd, version (\S+)", revisitd("--version").stdout)[1]
        for k in self.each():
            self.assertEqual(f"revisitd:{version}", k.revisitd()["image"])


if __name__ == "__main__":
    main()
