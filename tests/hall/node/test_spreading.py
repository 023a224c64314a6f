"""The list of nodes finds its way from one node to the others, and no other list does."""

from dataclasses import replace
from pathlib import Path

from onecity.hall.node.node import ANCHOR, TRUST
from onecity.hall.node.spreading import look_around
from onecity.hall.wire import ED25519, Anchor, TrustList
from onecity.hall.wire.keys import read_private, write_private
from tests.hall.node.conftest import Hands
from tests.hall.node.towns import Place, towns


def test_a_newer_list_spreads_and_nothing_else_does(tmp_path: Path, hands: Hands) -> None:
    with towns(tmp_path, hands, [Place("jia", cities=("A",)), Place("yi", cities=("B",))]) as made:
        jia, yi = made["jia"].node, made["yi"].node
        anchor = read_private(tmp_path / "anchor.json")
        known = Anchor.read(yi.folder / ANCHOR)
        assert not look_around(yi)  # the same version
        jia.trust = TrustList(3, hands(), jia.trust.nodes).signed(anchor)
        assert look_around(yi)
        assert yi.trust.version == 3
        assert TrustList.parse((yi.folder / TRUST).read_bytes(), known).version == 3
        stranger = write_private(tmp_path / "stranger.json", "anchor", hands(), ED25519)
        jia.trust = TrustList(9, hands(), jia.trust.nodes).signed(stranger)
        assert not look_around(yi)
        jia.trust = TrustList(2, hands(), jia.trust.nodes).signed(anchor)
        assert not look_around(yi)
        assert yi.trust.version == 3
        nowhere = replace(yi.trust.node("jia"), url="http://127.0.0.1:9")
        yi.trust = replace(yi.trust, nodes=(nowhere,))
        assert not look_around(yi)
