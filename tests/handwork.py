"""What annotators do by hand in the page and the markup that has to arrive, for the live page and its recordings."""

from __future__ import annotations

BLANK = "🇺🇦 Прем'єрка прибула до Києва 👩\u200d👧 й похвалила Київ.\n%% entities\n%% relations\n%% stances\n"

DRAWN = """🇺🇦 Прем'єрка прибула до {Києва|LOC|kyiv} 👩\u200d👧 й похвалила {Київ|LOC|kyiv}.
%% entities
kyiv = Київ | Q1899
%% relations
%% stances
support | author | - | Київ | похвалила
"""
"""On the blank article: two regions after emoji, an expression, its target."""

CHANGED = """Прем'єрка {України|LOC|ukraine} Юлія {Свириденко|PERS|svyrydenko} прибула до {Києва|LOC|kyiv}. 🇺🇦
«Ми беззастережно підтримуємо {Київ|LOC|kyiv}», — сказала {Свириденко|PERS|svyrydenko}.
%% entities
ukraine = Україна | Q212
svyrydenko = Юлія Свириденко
kyiv = Київ | Q1899
%% relations
%% stances
support | direct | Свириденко#2 | Київ | беззастережно підтримуємо
"""
"""On `builders.MARKUP`: a left edge moved from "Юлія" to "Свириденко", "Прем'єрка" removed under its two relations."""
