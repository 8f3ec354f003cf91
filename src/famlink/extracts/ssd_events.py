"""The dated tables of the Standard Safeguarding Dataset: which column is when, what it is called, what else is told."""

from __future__ import annotations

from famlink.extracts.pieces import Dated


def _visit(prefix: str, id_name: str, date: str, of: str, *more: tuple[str, str]) -> tuple[Dated, ...]:
    details = {
        f"{prefix}_{of}_visit_seen_alone": "seen alone",
        **{f"{prefix}_{of}_{name}": label for name, label in more},
    }
    return (
        Dated(
            date, "Statutory visit", id=f"{prefix}_{id_name}", child_seen=f"{prefix}_{of}_visit_seen", details=details
        ),
    )


EVENTS_OF: dict[str, tuple[Dated, ...]] = {
    "ssd_contacts": (
        Dated(
            "cont_contact_date",
            "Contact",
            id="cont_contact_id",
            outcome="cont_contact_outcome_json",
            reference="cont_contact_id",
            details={"cont_contact_source_desc": "from", "cont_contact_source_code": "source code"},
        ),
    ),
    "ssd_early_help_episodes": (
        Dated(
            "earl_episode_start_date",
            "Early help episode",
            end="earl_episode_end_date",
            id="earl_episode_id",
            outcome="earl_episode_end_reason",
            recorded_by="earl_episode_worker_id",
            details={"earl_episode_reason": "reason", "earl_episode_organisation": "organisation"},
        ),
    ),
    "ssd_cin_episodes": (
        Dated(
            "cine_referral_date",
            "Referral",
            id="cine_referral_id",
            reference="cine_referral_id",
            outcome="cine_referral_outcome_json",
            recorded_by="cine_referral_worker_id",
            details={
                "cine_referral_source_desc": "from",
                "cine_referral_source_code": "source code",
                "cine_cin_primary_need_code": "primary need",
                "cine_referral_nfa": "no further action",
                "cine_referral_team": "team",
            },
        ),
        Dated(
            "cine_close_date",
            "Referral closed",
            id="cine_referral_id",
            reference="cine_referral_id",
            outcome="cine_close_reason",
        ),
    ),
    "ssd_cin_assessments": (
        Dated(
            "cina_assessment_start_date",
            "Assessment",
            end="cina_assessment_auth_date",
            id="cina_assessment_id",
            reference="cina_referral_id",
            outcome="cina_assessment_outcome_json",
            child_seen="cina_assessment_child_seen",
            recorded_by="cina_assessment_worker_id",
            details={
                "factors": "factors",
                "cina_assessment_outcome_nfa": "no further action",
                "cina_assessment_team": "team",
            },
        ),
    ),
    "ssd_cin_plans": (
        Dated(
            "cinp_cin_plan_start_date",
            "Child in need plan",
            end="cinp_cin_plan_end_date",
            id="cinp_cin_plan_id",
            reference="cinp_referral_id",
            recorded_by="cinp_cin_plan_worker_id",
            details={"cinp_cin_plan_team": "team"},
        ),
    ),
    "ssd_cin_visits": _visit("cinv", "cin_visit_id", "cinv_cin_visit_date", "cin", ("visit_bedroom", "bedroom seen")),
    "ssd_s47_enquiry": (
        Dated(
            "s47e_s47_start_date",
            "Section 47 enquiry",
            end="s47e_s47_end_date",
            id="s47e_s47_enquiry_id",
            reference="s47e_referral_id",
            outcome="s47e_s47_outcome_json",
            recorded_by="s47e_s47_completed_by_worker_id",
            details={"s47e_s47_nfa": "no further action", "s47e_s47_completed_by_team": "team"},
        ),
    ),
    "ssd_initial_cp_conference": (
        Dated(
            "icpc_icpc_date",
            "Initial child protection conference",
            id="icpc_icpc_id",
            reference="icpc_referral_id",
            outcome="icpc_icpc_outcome_json",
            recorded_by="icpc_icpc_worker_id",
            details={
                "icpc_icpc_outcome_cp_flag": "child protection plan",
                "icpc_icpc_transfer_in": "transfer in",
                "icpc_icpc_target_date": "target date",
                "icpc_icpc_team": "team",
                "icpc_s47_enquiry_id": "section 47 enquiry",
                "icpc_cp_plan_id": "plan",
                "icpc_icpc_meeting_id": "meeting",
            },
        ),
    ),
    "ssd_cp_plans": (
        Dated(
            "cppl_cp_plan_start_date",
            "Child protection plan",
            end="cppl_cp_plan_end_date",
            id="cppl_cp_plan_id",
            reference="cppl_referral_id",
            details={
                "cppl_cp_plan_initial_category": "initial category",
                "cppl_cp_plan_latest_category": "latest category",
                "cppl_cp_plan_ola": "plan of another authority",
                "cppl_icpc_id": "conference",
            },
        ),
    ),
    "ssd_cp_visits": _visit(
        "cppv", "cp_visit_id", "cppv_cp_visit_date", "cp", ("visit_bedroom", "bedroom seen"), ("plan_id", "plan")
    ),
    "ssd_cp_reviews": (
        Dated(
            "cppr_cp_review_date",
            "Child protection review",
            id="cppr_cp_review_id",
            reference="cppr_cp_plan_id",
            outcome="cppr_cp_review_outcome_continue_cp",
            details={
                "cppr_cp_review_due": "due",
                "cppr_cp_review_quorate": "quorate",
                "cppr_cp_review_participation": "participation",
                "cppr_cp_review_meeting_id": "meeting",
            },
        ),
    ),
    "ssd_cla_episodes": (
        Dated(
            "clae_cla_episode_start_date",
            "Looked after episode",
            end="clae_cla_episode_ceased_date",
            id="clae_cla_episode_id",
            reference="clae_referral_id",
            outcome="clae_cla_episode_ceased_reason",
            details={
                "clae_cla_episode_start_reason": "reason",
                "clae_cla_primary_need_code": "primary need",
                "clae_entered_care_date": "entered care",
                "clae_cla_last_iro_contact_date": "last contact of the reviewing officer",
                "clae_cla_id": "period of care",
                "clae_cla_placement_id": "placement",
            },
        ),
    ),
    "ssd_cla_placement": (
        Dated(
            "clap_cla_placement_start_date",
            "Placement",
            end="clap_cla_placement_end_date",
            id="clap_cla_placement_id",
            outcome="clap_cla_placement_change_reason",
            details={
                "clap_cla_placement_type": "type",
                "clap_cla_placement_provider": "provider",
                "clap_cla_placement_postcode": "postcode",
                "clap_cla_placement_distance": "miles from home",
                "clap_cla_placement_urn": "URN",
                "clap_cla_id": "period of care",
            },
        ),
    ),
    "ssd_cla_reviews": (
        Dated(
            "clar_cla_review_date",
            "Looked after review",
            id="clar_cla_review_id",
            details={
                "clar_cla_review_due_date": "due",
                "clar_cla_review_cancelled": "cancelled",
                "clar_cla_review_participation": "participation",
            },
        ),
    ),
    "ssd_cla_visits": _visit("clav", "cla_visit_id", "clav_cla_visit_date", "cla", ("id", "period of care")),
    "ssd_cla_care_plan": (
        Dated(
            "lacp_cla_care_plan_start_date",
            "Care plan",
            end="lacp_cla_care_plan_end_date",
            id="lacp_table_id",
            details={"lacp_cla_care_plan_json": ""},
        ),
    ),
    "ssd_cla_convictions": (
        Dated(
            "clac_cla_conviction_date",
            "Conviction",
            id="clac_cla_conviction_id",
            details={"clac_cla_conviction_offence": "offence"},
        ),
    ),
    "ssd_cla_health": (
        Dated(
            "clah_health_check_date",
            "Health assessment",
            id="clah_health_check_id",
            outcome="clah_health_check_status",
            details={"clah_health_check_type": "type"},
        ),
    ),
    "ssd_cla_immunisations": (
        Dated("clai_immunisations_status_date", "Immunisations", outcome="clai_immunisations_status"),
    ),
    "ssd_cla_substance_misuse": (
        Dated(
            "clas_substance_misuse_date",
            "Substance misuse",
            id="clas_substance_misuse_id",
            details={"clas_substance_misused": "substance", "clas_intervention_received": "intervention received"},
        ),
    ),
    "ssd_cla_previous_permanence": (
        Dated(
            "lapp_previous_permanence_order_date",
            "Previous permanence order",
            id="lapp_table_id",
            details={"lapp_previous_permanence_option": "option", "lapp_previous_permanence_la": "authority"},
        ),
    ),
    "ssd_missing": (
        Dated(
            "miss_missing_episode_start_date",
            "Missing",
            end="miss_missing_episode_end_date",
            id="miss_table_id",
            details={
                "miss_missing_episode_type": "type",
                "miss_missing_rhi_offered": "return interview offered",
                "miss_missing_rhi_accepted": "return interview accepted",
            },
        ),
    ),
    "ssd_legal_status": (
        Dated(
            "lega_legal_status_start_date",
            "Legal status",
            end="lega_legal_status_end_date",
            id="lega_legal_status_id",
            details={"lega_legal_status": "status"},
        ),
    ),
    "ssd_immigration_status": (
        Dated(
            "immi_immigration_status_start_date",
            "Immigration status",
            end="immi_immigration_status_end_date",
            id="immi_immigration_status_id",
            details={"immi_immigration_status": "status"},
        ),
    ),
    "ssd_care_leavers": (
        Dated(
            "clea_care_leaver_latest_contact",
            "Care leaver contact",
            id="clea_table_id",
            recorded_by="clea_care_leaver_worker_id",
            details={
                "clea_care_leaver_eligibility": "eligibility",
                "clea_care_leaver_in_touch": "in touch",
                "clea_care_leaver_accommodation": "accommodation",
                "clea_care_leaver_accom_suitable": "suitable",
                "clea_care_leaver_activity": "activity",
                "clea_care_leaver_personal_advisor": "personal adviser",
                "clea_care_leaver_allocated_team": "team",
            },
        ),
        Dated("clea_pathway_plan_review_date", "Pathway plan review", id="clea_table_id"),
    ),
    "ssd_sdq_scores": (
        Dated(
            "csdq_sdq_completed_date",
            "SDQ score",
            id="csdq_table_id",
            details={"csdq_sdq_score": "score", "csdq_sdq_reason": "reason"},
        ),
    ),
    "ssd_involvements": (
        Dated(
            "invo_involvement_start_date",
            "Involvement",
            end="invo_involvement_end_date",
            id="invo_involvements_id",
            reference="invo_referral_id",
            recorded_by="invo_professional_id",
            details={
                "invo_professional_role_id": "role",
                "invo_professional_team": "team",
                "invo_worker_change_reason": "reason of change",
            },
        ),
    ),
    "ssd_permanence": (
        Dated("perm_adm_decision_date", "Adoption decision", id="perm_table_id"),
        Dated("perm_ffa_cp_decision_date", "Fostering for adoption decision", id="perm_table_id"),
        Dated("perm_placement_order_date", "Placement order", id="perm_table_id"),
        Dated("perm_matched_date", "Matched for adoption", id="perm_table_id"),
        Dated("perm_placed_for_adoption_date", "Placed for adoption", id="perm_table_id"),
        Dated("perm_placed_ffa_cp_date", "Placed for adoption with foster carers", id="perm_table_id"),
        Dated("perm_placed_foster_carer_date", "Placement with foster carer", id="perm_table_id"),
        Dated(
            "perm_decision_reversed_date",
            "Adoption decision reversed",
            id="perm_table_id",
            outcome="perm_decision_reversed_reason",
        ),
        Dated(
            "perm_permanence_order_date",
            "Permanence order",
            id="perm_table_id",
            recorded_by="perm_adoption_worker_id",
            details={"perm_permanence_order_type": "type", "perm_adopted_by_carer_flag": "adopted by carer"},
        ),
    ),
    "ssd_pre_proceedings": (
        Dated(
            "prep_pre_pro_decision_date",
            "Pre-proceedings decision",
            id="prep_table_id",
            outcome="prep_pre_pro_outcome",
            details={"prep_legal_gateway_outcome": "legal gateway"},
        ),
        Dated("prep_initial_pre_pro_meeting_date", "Pre-proceedings meeting", id="prep_table_id"),
        Dated("prep_pre_pro_letter_date", "Pre-proceedings letter", id="prep_table_id"),
        Dated("prep_agree_stepdown_issue_date", "Pre-proceedings: step down or issue agreed", id="prep_table_id"),
        Dated(
            "prep_care_pro_letter_date",
            "Care proceedings letter",
            id="prep_table_id",
            reference="prep_court_reference",
        ),
    ),
    "ssd_ehcp_requests": (
        Dated(
            "ehcr_ehcp_req_date",
            "EHC plan request",
            end="ehcr_ehcp_req_outcome_date",
            id="ehcr_ehcp_request_id",
            outcome="ehcr_ehcp_req_outcome",
        ),
    ),
    "ssd_ehcp_assessment": (
        Dated(
            "ehca_ehcp_assessment_outcome_date",
            "EHC needs assessment",
            id="ehca_ehcp_assessment_id",
            outcome="ehca_ehcp_assessment_outcome",
            details={"ehca_ehcp_assessment_exceptions": "exceptions"},
        ),
    ),
    "ssd_ehcp_named_plan": (
        Dated(
            "ehcn_named_plan_start_date",
            "EHC plan",
            end="ehcn_named_plan_ceased_date",
            id="ehcn_named_plan_id",
            outcome="ehcn_named_plan_ceased_reason",
        ),
    ),
    "ssd_ehcp_active_plans": (Dated("ehcp_active_ehcp_last_review_date", "EHC plan review", id="ehcp_active_ehcp_id"),),
}
"""Table -> its columns of dates."""

_REQUEST = ("ssd_ehcp_requests", "ehcr_ehcp_request_id", "ehcr_send_table_id")
_SEND = ("ssd_send", "send_table_id", "send_person_id")

PERSON_OF: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "ssd_cla_reviews": (("clar_cla_id", "ssd_cla_episodes", "clae_cla_id", "clae_person_id"),),
    "ssd_ehcp_requests": (("ehcr_send_table_id", *_SEND),),
    "ssd_ehcp_assessment": (("ehca_ehcp_request_id", *_REQUEST), ("", *_SEND)),
    "ssd_ehcp_named_plan": (
        ("ehcn_ehcp_asmt_id", "ssd_ehcp_assessment", "ehca_ehcp_assessment_id", "ehca_ehcp_request_id"),
        ("", *_REQUEST),
        ("", *_SEND),
    ),
    "ssd_ehcp_active_plans": (("ehcp_ehcp_request_id", *_REQUEST), ("", *_SEND)),
}
"""Table without a person of its own -> the steps to one: (its column, table, key there, what to take)."""
