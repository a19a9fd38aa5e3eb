/// Carries out every [`Intent::Strike`] that is in reach and off cooldown.
///
/// A strike costs stamina and starts the weapon's cooldown whether it lands or
/// not. One that lands is rolled by [`roll_damage`], is critical with the
/// attacker's luck as its chance ([`CombatRules::crit_multiplier`]), bent by the
/// [`DamagePipeline`] and sent as a [`DamageMessage`]; nobody loses health here,
/// so that units who strike each other in the same turn both do.
pub fn attack(
    rules: Res<CombatRules>,
    arena: Res<Arena>,
    pipeline: Res<DamagePipeline>,
    mut rng: ResMut<BattleRng>,
    mut attackers: Query<
        (
            Entity,
            &UnitId,
            &Intent,
            &GridPos,
            &CombatStats,
            &Equipment,
            &mut Stamina,
            &mut Cooldown<Strike>,
        ),
        Alive,
    >,
    defenders: Query<(&GridPos, &CombatStats, &Equipment, &Team), Alive>,
    mut hits: MessageWriter<DamageMessage>,
    mut misses: MessageWriter<AttackMissed>,
) {
    // By id, so that the dice fall the same way whatever the archetypes.
    for (attacker, _, intent, position, stats, equipment, mut stamina, mut cooldown) in
        attackers.iter_mut().sort::<&UnitId>()
    {
        let &Intent::Strike(target) = intent else {
            continue;
        };
        let Ok((target_position, defence, worn, team)) = defenders.get(target) else {
            continue;
        };
        let weapon = &equipment.weapon;
        if !cooldown.is_ready() || !arena.can_strike(*position, *target_position, weapon.reach) {
            continue;
        }
        cooldown.start(weapon.cooldown);
        let strength = stamina.fraction();
        stamina.drain(rules.strike_cost);

        if !rng.chance(rules.hit_chance(stats.accuracy, defence.evasion)) {
            misses.write(AttackMissed { attacker, target });
            continue;
        }
        let flankers = arena
            .neighbours(target_position.0)
            .filter(|&other| other != attacker)
            .filter(|&other| defenders.get(other).is_ok_and(|(.., side)| side != team))
            .count();
        let hit = HitContext {
            rules: &rules,
            defender: defence,
            armour: worn.armour.as_ref(),
            stamina: strength,
            flankers,
        };
        let mut damage = roll_damage(&mut rng, stats, weapon, &rules);
        // Rolled for every blow that lands, so that luck does not shift the dice.
        if rng.chance(stats.luck) {
            damage = damage.scaled(rules.crit_multiplier);
        }
        hits.write(DamageMessage {
            target,
            damage: pipeline.apply(damage, &hit),
            source: DamageSource::Strike { attacker },
        });
    }
}
